/** One run as its page shows it. */

import type { ApiClient } from '../api/client';
import type { Artifact, Attempt, Run, RunId } from '../api/types';
import { mergeRun, needsDetails } from '../logic/merge';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { LogModel } from './log';
import { Model } from './model';

export class RunModel extends Model {
  private _run: Run | null = null;
  private _failure: Failure | null = null;
  private _actionFailure: Failure | null = null;
  private _log: LogModel | null = null;
  private _attempt: number | null = null;
  private _selected: string | null = null;
  private _meanwhile: Run[] = [];

  constructor(
    readonly id: RunId,
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection,
    known: Run | null = null
  ) {
    super();
    this._run = known;
    _events.runChanged.connect(this._onRun, this);
    _events.gap.connect(this._onGap, this);
    _events.changed.connect(this._onConnection, this);
    void this.refresh();
  }

  get run(): Run | null {
    return this._run;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  /** Why the last action (cancel, retry) was refused. */
  get actionFailure(): Failure | null {
    return this._actionFailure;
  }

  /** The log of the attempt that is looked at; null before the first one began. */
  get log(): LogModel | null {
    return this._log;
  }

  /** The attempt that is looked at: the chosen one, else the latest. */
  get attempt(): Attempt | null {
    const attempts = this._run?.attempts ?? [];
    return attempts.find(attempt => attempt.number === this._attempt) ?? attempts.at(-1) ?? null;
  }

  get selected(): Artifact | null {
    const artifacts = this._run?.artifacts ?? [];
    return artifacts.find(artifact => artifact.id === this._selected) ?? firstShown(artifacts);
  }

  select(artifact: Artifact): void {
    this._selected = artifact.id;
    this.notify();
  }

  chooseAttempt(number: number): void {
    this._attempt = number;
    this._openLog(number);
    this.notify();
  }

  async refresh(): Promise<void> {
    this._meanwhile = [];
    try {
      const fetched = await this._client.run(this.id);
      // What came by event while the answer was under way is younger than it.
      this._run = this._meanwhile.reduce(mergeRun, fetched);
      this._failure = null;
      this._openLogOfLatest();
    } catch (error) {
      this._failure = failureOf(error);
    }
    this.notify();
  }

  cancel(): Promise<void> {
    return this._act(() => this._client.cancel(this.id));
  }

  retry(): Promise<void> {
    this._attempt = null;
    return this._act(() => this._client.retry(this.id));
  }

  override dispose(): void {
    this._events.runChanged.disconnect(this._onRun, this);
    this._events.gap.disconnect(this._onGap, this);
    this._events.changed.disconnect(this._onConnection, this);
    this._log?.dispose();
    super.dispose();
  }

  private async _act(call: () => Promise<Run>): Promise<void> {
    try {
      this._run = mergeRun(this._run, await call());
      this._actionFailure = null;
    } catch (error) {
      this._actionFailure = failureOf(error);
    }
    this.notify();
    void this.refresh();
  }

  private _openLogOfLatest(): void {
    const number = this._attempt ?? this._run?.attempt ?? 0;
    if (number > 0) {
      this._openLog(number);
    }
  }

  private _openLog(number: number): void {
    if (this._log?.attempt === number) {
      return;
    }
    this._log?.dispose();
    const size = this._run?.attempts?.find(attempt => attempt.number === number)?.log_size ?? 0;
    this._log = new LogModel(this.id, number, this._client, this._events, size);
  }

  private _onRun(_: EventsConnection, run: Run): void {
    if (run.id !== this.id) {
      return;
    }
    this._meanwhile = [run];
    const refetch = needsDetails(this._run, run);
    this._run = mergeRun(this._run, run);
    this._openLogOfLatest();
    this.notify();
    if (refetch) {
      void this.refresh();
    }
  }

  private _onGap(): void {
    void this.refresh();
  }

  private _onConnection(): void {
    if (this._events.state === 'live' && this._failure?.offline) {
      void this.refresh();
    }
  }
}

const FIRST = [/^image\//, /html/, /markdown/, /csv|tab-separated|parquet|arrow/, /json/, /^text\//];

/** Of several results the one that says most at a glance. */
function firstShown(artifacts: readonly Artifact[]): Artifact | null {
  for (const pattern of FIRST) {
    const found = artifacts.find(({ media_type }) => pattern.test(media_type));
    if (found) {
      return found;
    }
  }
  return artifacts[0] ?? null;
}
