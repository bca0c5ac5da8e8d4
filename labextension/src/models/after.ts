/** The runs that one shall wait for before it starts, as a form asks for them. */

import { Signal, type ISignal } from '@lumino/signaling';

import type { AfterRule, Run, RunId } from '../api/types';
import { sameJson } from '../logic/json';
import { mergeRun } from '../logic/merge';
import type { EventsConnection } from './events';
import { Model } from './model';

export class AfterModel extends Model {
  private readonly _edited = new Signal<this, void>(this);
  private _open = false;
  private _rule: AfterRule = 'all_succeeded';
  private _runs: readonly Run[] = [];

  constructor(private readonly _events: EventsConnection) {
    super();
    _events.runChanged.connect(this._onRun, this);
  }

  /** The request is another one: runs or the rule were chosen, not that those runs went on. */
  get edited(): ISignal<this, void> {
    return this._edited;
  }

  /** Whether runs can be chosen. */
  get open(): boolean {
    return this._open;
  }

  get rule(): AfterRule {
    return this._rule;
  }

  /** In the order in which they were chosen. */
  get runs(): readonly Run[] {
    return this._runs;
  }

  /** What is sent with the values; nothing where there is nothing to wait for. */
  get request(): { after?: RunId[]; rule?: AfterRule } {
    return this._open ? { ...(this._runs.length > 0 ? { after: this._runs.map(run => run.id) } : {}), ...(this._rule === 'all_succeeded' ? {} : { rule: this._rule }) } : {};
  }

  begin(): void {
    this._edit(() => {
      this._open = true;
    });
  }

  /** Wait for nothing but what the values name. */
  clear(): void {
    this._edit(() => {
      this._open = false;
      this._runs = [];
      this._rule = 'all_succeeded';
    });
  }

  add(run: Run): void {
    if (!this._runs.some(known => known.id === run.id)) {
      this._edit(() => {
        this._runs = [...this._runs, run];
      });
    }
  }

  /** With the last one goes the rule, which was chosen for it and could not be seen any more. */
  remove(id: RunId): void {
    this._edit(() => {
      this._runs = this._runs.filter(run => run.id !== id);
      if (this._runs.length === 0) {
        this._rule = 'all_succeeded';
      }
    });
  }

  setRule(rule: AfterRule): void {
    this._edit(() => {
      this._rule = rule;
    });
  }

  override dispose(): void {
    this._events.runChanged.disconnect(this._onRun, this);
    super.dispose();
  }

  private _edit(change: () => void): void {
    const before = this.request;
    change();
    if (!sameJson(before, this.request)) {
      this._edited.emit();
    }
    this.notify();
  }

  private _onRun(_: EventsConnection, run: Run): void {
    if (this._runs.some(known => known.id === run.id)) {
      this._runs = this._runs.map(known => (known.id === run.id ? mergeRun(known, run) : known));
      this.notify();
    }
  }
}
