/** The runs that one shall wait for before it starts, as a form asks for them. */

import type { AfterRule, Run, RunId } from '../api/types';
import { mergeRun } from '../logic/merge';
import type { EventsConnection } from './events';
import { Model } from './model';

export class AfterModel extends Model {
  private _open = false;
  private _rule: AfterRule = 'all_succeeded';
  private _runs: readonly Run[] = [];

  constructor(private readonly _events: EventsConnection) {
    super();
    _events.runChanged.connect(this._onRun, this);
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
    this._open = true;
    this.notify();
  }

  /** Wait for nothing but what the values name. */
  clear(): void {
    this._open = false;
    this._runs = [];
    this._rule = 'all_succeeded';
    this.notify();
  }

  add(run: Run): void {
    if (!this._runs.some(known => known.id === run.id)) {
      this._runs = [...this._runs, run];
      this.notify();
    }
  }

  remove(id: RunId): void {
    this._runs = this._runs.filter(run => run.id !== id);
    this.notify();
  }

  setRule(rule: AfterRule): void {
    this._rule = rule;
    this.notify();
  }

  override dispose(): void {
    this._events.runChanged.disconnect(this._onRun, this);
    super.dispose();
  }

  private _onRun(_: EventsConnection, run: Run): void {
    if (this._runs.some(known => known.id === run.id)) {
      this._runs = this._runs.map(known => (known.id === run.id ? mergeRun(known, run) : known));
      this.notify();
    }
  }
}
