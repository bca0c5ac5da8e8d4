/** The newest runs of a filter, as short lists show them, kept up to date by events. */

import type { ApiClient, RunFilter } from '../api/client';
import type { Run, RunId } from '../api/types';
import { isFinal, mergeRuns } from '../logic/merge';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

export class RunsModel extends Model {
  private _runs: Run[] = [];
  private _loaded = false;
  private _loading = false;
  private _failure: Failure | null = null;
  private _generation = 0;
  /** Events that came while the list was under way: they are younger than the list. */
  private _early: Run[] = [];

  constructor(
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection,
    private _filter: RunFilter = {},
    private readonly _most = 50
  ) {
    super();
    _events.runChanged.connect(this._onRun, this);
    _events.gap.connect(this._onGap, this);
    _events.changed.connect(this._onConnection, this);
  }

  get runs(): readonly Run[] {
    return this._runs;
  }

  get filter(): RunFilter {
    return this._filter;
  }

  get loaded(): boolean {
    return this._loaded;
  }

  get loading(): boolean {
    return this._loading;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  find(id: RunId): Run | undefined {
    return this._runs.find(run => run.id === id);
  }

  setFilter(filter: RunFilter): Promise<void> {
    this._filter = filter;
    this._runs = [];
    this._loaded = false;
    return this.refresh();
  }

  async refresh(): Promise<void> {
    const generation = ++this._generation;
    this._loading = true;
    this._early = [];
    this.notify();
    try {
      const page = await this._client.runs({ ...this._filter, limit: this._most });
      if (generation !== this._generation) {
        return;
      }
      this._runs = mergeRuns(page.items, this._early).slice(0, this._most);
      this._loaded = true;
      this._failure = null;
    } catch (error) {
      if (generation !== this._generation) {
        return;
      }
      this._failure = failureOf(error);
    }
    this._loading = false;
    this.notify();
  }

  override dispose(): void {
    this._events.runChanged.disconnect(this._onRun, this);
    this._events.gap.disconnect(this._onGap, this);
    this._events.changed.disconnect(this._onConnection, this);
    super.dispose();
  }

  private _fits(run: Run): boolean {
    const { tool, status } = this._filter;
    return (!tool || run.tool === tool) && (!status || run.status === status);
  }

  private _onRun(_: EventsConnection, run: Run): void {
    const known = this.find(run.id) !== undefined;
    if (!this._fits(run)) {
      if (known) {
        this._runs = this._runs.filter(other => other.id !== run.id);
        this.notify();
      }
      return;
    }
    if (this._loading) {
      this._early.push(run);
    }
    this._runs = mergeRuns(this._runs, [run]).slice(0, this._most);
    this.notify();
  }

  private _onGap(): void {
    void this.refresh();
  }

  private _onConnection(): void {
    if (this._events.state === 'live' && this._failure) {
      void this.refresh();
    }
  }
}

export interface Activity {
  running: number;
  queued: number;
}

/** How many runs are running and how many wait. */
export class ActivityModel extends Model {
  private readonly _active = new Map<RunId, Run>();
  private _meanwhile: Run[] = [];
  private _fetching = false;

  constructor(
    private readonly _client: ApiClient,
    events: EventsConnection
  ) {
    super();
    events.runChanged.connect((_, run) => {
      if (this._fetching) {
        this._meanwhile.push(run);
      }
      this.take(run);
    });
    events.gap.connect(() => void this.refresh());
  }

  get activity(): Activity {
    const running = [...this._active.values()].filter(run => run.status === 'running').length;
    return { running, queued: this._active.size - running };
  }

  async refresh(): Promise<void> {
    this._meanwhile = [];
    this._fetching = true;
    try {
      const pages = await Promise.all([
        this._client.runs({ status: 'running', limit: 200 }),
        this._client.runs({ status: 'queued', limit: 200 }),
        this._client.runs({ status: 'waiting', limit: 200 })
      ]);
      this._active.clear();
      pages.flatMap(page => page.items).forEach(run => this._active.set(run.id, run));
      this._meanwhile.forEach(run => this.take(run));
      this.notify();
    } catch {
      // The count stays as it is; the connection's own state says that there is none.
    } finally {
      this._fetching = false;
    }
  }

  take(run: Run): void {
    if (isFinal(run.status)) {
      this._active.delete(run.id);
    } else {
      this._active.set(run.id, run);
    }
    this.notify();
  }
}
