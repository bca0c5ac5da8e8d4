/** Where the state of a view is: in a model of the kernel while that lives, else in the output of the notebook. */

import { Signal, type ISignal } from '@lumino/signaling';

import type { ErrorDetail, Priority, RunId } from '../api/types';
import { Model } from '../models/model';
import type { ViewState } from './viewState';

/** A message to the kernel. */
export interface Asked {
  readonly type: 'submit';
  /** As JSON. */
  readonly values: string;
  readonly priority: Priority;
}

export abstract class Bond extends Model {
  private readonly _refused = new Signal<this, ErrorDetail>(this);

  abstract get state(): ViewState;
  abstract set(change: Partial<ViewState>): void;

  /** Go on to another run, of which nothing is known yet. */
  showRun(run: RunId): void {
    this.set({ run, ...(this._keepsRun ? { snapshot: '' } : {}) });
  }

  /** What was known last of the run that is shown; empty where nothing of it is kept. */
  get runSnapshot(): string {
    return this._keepsRun ? this.state.snapshot : '';
  }

  /** Keep what is known of the run that is shown, unless the view keeps something else. */
  keepRun(snapshot: string): void {
    if (this._keepsRun && snapshot !== this.state.snapshot) {
      this.set({ snapshot });
    }
  }

  private get _keepsRun(): boolean {
    return this.state.kind !== 'batch';
  }

  /** Ask the kernel for something; nothing happens where there is none. */
  abstract ask(message: Asked): void;

  /** Why the kernel did not do what it was asked for. */
  get refused(): ISignal<this, ErrorDetail> {
    return this._refused;
  }

  protected refuse(detail: ErrorDetail): void {
    this._refused.emit(detail);
  }

  /** Whether a kernel has the state. */
  abstract get isLive(): boolean;
}
