/** The tools that this person ran last, each with its newest run. */

import type { ApiClient } from '../api/client';
import type { Run, ToolName } from '../api/types';
import { mergeRun } from '../logic/merge';
import type { EventsConnection } from './events';
import { Model } from './model';

const RUNS = 40;

export class RecentToolsModel extends Model {
  private _runs = new Map<ToolName, Run>();
  /** Who this person is in the runs: known with the first of them. */
  private _owner: string | null = null;

  constructor(
    private readonly _client: ApiClient,
    events: EventsConnection
  ) {
    super();
    events.runChanged.connect((_, run) => this._take(run));
    events.gap.connect(() => void this.refresh());
  }

  /** The newest run of each tool, the latest first. */
  get runs(): Run[] {
    return [...this._runs.values()].sort((a, b) => b.number - a.number);
  }

  async refresh(): Promise<void> {
    try {
      const { items } = await this._client.runs({ owner: 'me', limit: RUNS });
      this._owner = items[0]?.owner ?? this._owner;
      items.forEach(run => this._put(run));
    } catch {
      // The list of tools says that there is no connection; recents come back with it.
      return;
    }
    this.notify();
  }

  /** A run that this person has submitted here. */
  submitted(run: Run): void {
    this._owner = run.owner;
    this._take(run);
  }

  private _take(run: Run): void {
    if (run.owner === this._owner && this._put(run)) {
      this.notify();
    }
  }

  private _put(run: Run): boolean {
    const known = this._runs.get(run.tool);
    if (known && known.number > run.number) {
      return false;
    }
    this._runs.set(run.tool, known?.id === run.id ? mergeRun(known, run) : run);
    return true;
  }
}
