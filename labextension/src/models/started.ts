/** Runs that this window started, and says the end of; a reload of the page does not forget them. */

import { Signal } from '@lumino/signaling';

import type { RunId } from '../api/types';

const KEY = 'jupyter_toolrunner:started';
/** A window that is open for weeks keeps the latest. */
const MOST = 500;

export class StartedRuns {
  readonly added = new Signal<this, RunId>(this);
  private readonly _ids: Set<RunId>;

  constructor(private readonly _storage: Pick<Storage, 'getItem' | 'setItem'> | null) {
    this._ids = new Set((_storage?.getItem(KEY) ?? '').split(' ').filter(Boolean));
  }

  add(id: RunId): void {
    this._ids.delete(id);
    this._ids.add(id);
    this._keep();
    this.added.emit(id);
  }

  /** Whether it was there. */
  delete(id: RunId): boolean {
    const known = this._ids.delete(id);
    if (known) {
      this._keep();
    }
    return known;
  }

  private _keep(): void {
    try {
      this._storage?.setItem(KEY, [...this._ids].slice(-MOST).join(' '));
    } catch {
      // A full store costs the memory of a reload and nothing else.
    }
  }
}
