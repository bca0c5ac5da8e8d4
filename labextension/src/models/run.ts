/** One run as its page shows it. */

import type { ApiClient } from '../api/client';
import { UUID } from '@lumino/coreutils';

import type { Artifact, Attempt, Health, RelatedRuns, Run, RunChanges, RunId, RunsBefore, TagUse } from '../api/types';
import { joinChain } from '../logic/chain';
import { isFinal, mergeRun, needsDetails, stillWaits } from '../logic/merge';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { LogModel } from './log';
import { Model } from './model';
import { SourceModel } from './source';

/** Milliseconds between looks at a run that waits. */
const WAITING_LOOK_MS = 4_000;

export class RunModel extends Model {
  private _run: Run | null = null;
  private _failure: Failure | null = null;
  private _actionFailure: Failure | null = null;
  private _log: LogModel | null = null;
  private _attempt: number | null = null;
  private _selected: string | null = null;
  private _meanwhile: Run[] = [];
  private _round = 0;
  private _disposed = false;
  private _before: RunsBefore | null = null;
  private _source: SourceModel | null = null;
  private _chain: readonly Run[] = [];
  private _related: RelatedRuns | null = null;
  private _tags: TagUse[] = [];
  private _health: Health | null = null;
  private _line: number | null = null;
  private _sourceLine: number | null = null;
  private _logRequest = 0;
  private _againKey = UUID.uuid4();
  private _timer: ReturnType<typeof setTimeout> | undefined;

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
    _events.cleaned.connect(this._onCleaned, this);
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

  /** The runs of the same tool that this one is compared with; null until they are known. */
  get before(): RunsBefore | null {
    return this._before;
  }

  /** Runs that were made one from the other, this one among them; empty until they are known. */
  get chain(): readonly Run[] {
    return this._chain;
  }

  /** The runs that it waits for, and those that wait for it; null until they are known. */
  get related(): RelatedRuns | null {
    return this._related;
  }

  /** Tags that other runs have. */
  get knownTags(): readonly TagUse[] {
    return this._tags;
  }

  /** How the server does, where the run waits for it. */
  get health(): Health | null {
    return this._health;
  }

  /** The line of the log that a link leads to, from 1. */
  get line(): number | null {
    return this._line;
  }

  /** The line of the source that is looked at, from 1. */
  get sourceLine(): number | null {
    return this._sourceLine;
  }

  /** The source as the run had it; fetched when it is first looked at. */
  get source(): SourceModel | null {
    if (this._source === null && this._run !== null) {
      this._source = new SourceModel(this._run.tool, this._run.version, this._client);
    }
    return this._source;
  }

  showLine(line: number | null): void {
    this._line = line;
    this.notify();
  }

  /** Grows when the log is asked for. */
  get logRequest(): number {
    return this._logRequest;
  }

  showLog(): void {
    this._logRequest += 1;
    this.notify();
  }

  showSource(line: number): void {
    this._sourceLine = line;
    this.notify();
  }

  /** Change tags, note, values or priority; whether that was done. */
  async edit(changes: RunChanges): Promise<boolean> {
    await this._act(() => this._client.edit(this.id, changes));
    return this._actionFailure === null;
  }

  /** A new run with the same values, of the tool as it is or as it was; null where it was refused. */
  async runAgain(asItWas = false): Promise<Run | null> {
    const { run } = this;
    if (!run) {
      return null;
    }
    try {
      // What is shown may be rounded or abridged; what is run is not.
      const { params } = await this._client.exactRun(run.id);
      const made = await this._client.submit(run.tool, params, `${this._againKey}${asItWas ? '-then' : ''}`, {
        origin: run.id,
        version: asItWas ? run.version : null,
        // Whoever has the result before them wants it made once more.
        reuse: false
      });
      this._againKey = UUID.uuid4();
      this._actionFailure = null;
      this.notify();
      return made;
    } catch (error) {
      this._actionFailure = failureOf(error);
      this.notify();
      return null;
    }
  }

  async loadTags(): Promise<void> {
    try {
      this._tags = await this._client.tags();
      this.notify();
    } catch {
      // Without suggestions a tag can still be typed.
    }
  }

  private async _loadBefore(): Promise<void> {
    try {
      this._before = await this._client.before(this.id);
      this.notify();
    } catch {
      // A comparison that cannot be made is left out.
    }
  }

  private async _loadChain(): Promise<void> {
    try {
      this._chain = (await this._client.chain(this.id)).items;
      this.notify();
    } catch {
      // Without it the page has fewer links.
    }
  }

  private async _loadRelated(): Promise<void> {
    try {
      this._related = await this._client.related(this.id);
      this.notify();
    } catch {
      // Without it the page has fewer links.
    }
  }

  private async _loadHealth(): Promise<void> {
    try {
      this._health = await this._client.health();
      this.notify();
    } catch {
      // The page says by itself that there is no connection.
    }
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
    const round = ++this._round;
    if (this._disposed) {
      return;
    }
    try {
      const fetched = await this._client.run(this.id);
      if (this._isLate(round)) {
        return;
      }
      // What came by event while the answer was under way is younger than it.
      this._run = this._meanwhile.reduce(mergeRun, fetched);
      this._failure = null;
      this._openLogOfLatest();
      if (this._chain.length === 0) {
        void this._loadChain();
      }
      if (this._related === null || this._run.after !== null || this._run.awaited) {
        void this._loadRelated();
      }
      if (this._before === null || isFinal(this._run.status)) {
        void this._loadBefore();
      }
      if (this._run.attempt === 0 && !isFinal(this._run.status)) {
        void this._loadHealth();
      }
      this._lookAgain(stillWaits(this._run.status));
    } catch (error) {
      if (this._isLate(round)) {
        return;
      }
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
    this._events.cleaned.disconnect(this._onCleaned, this);
    this._events.changed.disconnect(this._onConnection, this);
    this._log?.dispose();
    this._disposed = true;
    clearTimeout(this._timer);
    super.dispose();
  }

  /** Whether a younger question was asked meanwhile, whose answer counts, or nobody looks any more. */
  private _isLate(round: number): boolean {
    return this._disposed || round !== this._round;
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
    // How long its log is must be known: a long one is opened at its end.
    if (number > 0 && this._run?.attempts) {
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
    const chain = joinChain(this._chain, run);
    if (run.id !== this.id) {
      this._followRelated(run);
      if (chain !== this._chain) {
        this._chain = chain;
        this.notify();
      }
      return;
    }
    this._chain = chain;
    this._meanwhile = [run];
    const refetch = needsDetails(this._run, run);
    this._run = mergeRun(this._run, run);
    this._openLogOfLatest();
    this.notify();
    if (refetch) {
      void this.refresh();
    }
  }

  /** Another run may be one of those around this one, or has just become so. */
  private _followRelated(run: Run): void {
    if (run.after?.runs.includes(this.id) && !this._related?.followers.some(({ id }) => id === run.id)) {
      void this._loadRelated();
    } else if (this._related !== null) {
      const now = (other: Run): Run => (other.id === run.id ? mergeRun(other, run) : other);
      this._related = { ...this._related, awaits: this._related.awaits.map(now), followers: this._related.followers.map(now) };
      this.notify();
    }
  }

  /** That no worker can take a run is told by nobody. */
  private _lookAgain(waits: boolean): void {
    clearTimeout(this._timer);
    if (waits) {
      this._timer = setTimeout(() => void this.refresh(), WAITING_LOOK_MS);
    }
  }

  private _onGap(): void {
    this._chain = [];
    void this.refresh();
  }

  /** Its files or logs may have been freed. */
  private _onCleaned(): void {
    if (this._run && isFinal(this._run.status)) {
      void this.refresh();
    }
  }

  private _onConnection(): void {
    if (this._events.state === 'live' && this._failure?.offline) {
      void this.refresh();
    }
  }
}

const FIRST = [/^image\//, /vnd\.(vega|vegalite|plotly)\./, /html/, /markdown/, /csv|tab-separated|parquet|arrow/, /json/, /^text\//];

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
