/** What waits, in the order in which it starts, and who works on what. */

import type { ApiClient } from '../api/client';
import type { BulkAnswer, Health, Priority, Run, RunId, WorkerView } from '../api/types';
import { isFinal, mergeRun, stillWaits } from '../logic/merge';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

const PAGE = 200;
/** After an event, so that many of them are one look. */
const LOOK_MS = 400;
/** Workers come and go without an event. */
const IDLE_LOOK_MS = 15_000;

/** A change of an order that can be taken back. */
export interface QueueReport {
  text: { kind: 'priority'; number: number | null; priority: Priority; place: number | null } | { kind: 'canceled'; done: number; refused: string[] };
  undo: (() => Promise<void>) | null;
}

export class QueueModel extends Model {
  private _waiting: Run[] = [];
  private _more = false;
  private _workers: WorkerView[] = [];
  private _health: Health | null = null;
  private _loaded = false;
  private _failure: Failure | null = null;
  private _selected = new Set<RunId>();
  private _report: QueueReport | null = null;
  private _timer = 0;
  private _lookAt = 0;
  private _looking = false;
  private _again = false;

  constructor(
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection
  ) {
    super();
    _events.runChanged.connect(this._onRun, this);
    _events.gap.connect(this._onGap, this);
    _events.changed.connect(this._onConnection, this);
    void this.refresh();
  }

  /** In the order in which they start. */
  get waiting(): readonly Run[] {
    return this._waiting;
  }

  /** Whether more wait than are listed. */
  get more(): boolean {
    return this._more;
  }

  get workers(): readonly WorkerView[] {
    return this._workers;
  }

  get running(): number {
    return this._workers.filter(worker => worker.run).length;
  }

  get health(): Health | null {
    return this._health;
  }

  get loaded(): boolean {
    return this._loaded;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  get selected(): ReadonlySet<RunId> {
    return this._selected;
  }

  get report(): QueueReport | null {
    return this._report;
  }

  async refresh(): Promise<void> {
    if (this._looking) {
      this._again = true;
      return;
    }
    this._looking = true;
    window.clearTimeout(this._timer);
    this._lookAt = 0;
    try {
      const [page, later, workers, health] = await Promise.all([
        this._client.runs({ sort: 'queue', limit: PAGE }),
        this._client.runs({ status: 'waiting', limit: PAGE }),
        this._client.workers(),
        this._client.health()
      ]);
      this._waiting = [...page.items, ...soonestFirst(later.items)];
      this._more = (page.next ?? null) !== null;
      this._workers = workers;
      this._health = health;
      this._selected = new Set([...this._selected].filter(id => this._waiting.some(run => run.id === id)));
      this._loaded = true;
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._looking = false;
    this.notify();
    if (this._again) {
      this._again = false;
      void this.refresh();
    } else {
      this._plan(IDLE_LOOK_MS);
    }
  }

  select(id: RunId, on: boolean): void {
    this._selected = new Set(this._selected);
    if (on) {
      this._selected.add(id);
    } else {
      this._selected.delete(id);
    }
    this.notify();
  }

  selectAll(on: boolean): void {
    this._selected = new Set(on ? this._waiting.map(run => run.id) : []);
    this.notify();
  }

  /** At once; Undo gives each its own priority again. */
  async setPriority(ids: readonly RunId[], priority: Priority): Promise<void> {
    const before = new Map(this._waiting.filter(run => ids.includes(run.id)).map(run => [run.id, run.priority]));
    await this._try(async () => {
      const answer = await this._client.bulk({ ids: [...ids], action: 'priority', priority });
      await this.refresh();
      const done = answer.outcomes.filter(outcome => outcome.done);
      const only = done.length === 1 ? done[0] : undefined;
      const place = only ? this._waiting.findIndex(run => run.id === only.run) : -1;
      this._report = {
        text: { kind: 'priority', number: only?.number ?? null, priority, place: place < 0 ? null : place + 1 },
        undo: () => this._undoPriority(done.map(outcome => outcome.run), before)
      };
    });
  }

  /** One step earlier or later: by its priority, for within one the order is that of the submits. */
  async move(run: Run, by: -1 | 1): Promise<void> {
    const order: Priority[] = ['high', 'default', 'low'];
    const next = order[order.indexOf(run.priority) + by];
    if (next) {
      await this.setPriority([run.id], next);
    }
  }

  async cancel(ids: readonly RunId[]): Promise<void> {
    await this._try(async () => {
      const answer = await this._client.bulk({ ids: [...ids], action: 'cancel' });
      this._report = { text: { kind: 'canceled', done: answer.done, refused: refusals(answer) }, undo: null };
      this._selected = new Set();
      await this.refresh();
    });
  }

  closeReport(): void {
    this._report = null;
    this.notify();
  }

  override dispose(): void {
    window.clearTimeout(this._timer);
    this._events.runChanged.disconnect(this._onRun, this);
    this._events.gap.disconnect(this._onGap, this);
    this._events.changed.disconnect(this._onConnection, this);
    super.dispose();
  }

  private async _undoPriority(ids: readonly RunId[], before: ReadonlyMap<RunId, Priority>): Promise<void> {
    await this._try(async () => {
      for (const priority of ['high', 'default', 'low'] as const) {
        const those = ids.filter(id => before.get(id) === priority);
        if (those.length > 0) {
          await this._client.bulk({ ids: those, action: 'priority', priority });
        }
      }
      this._report = null;
      await this.refresh();
    });
  }

  private async _try(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this._failure = failureOf(error);
    }
    this.notify();
  }

  private _onRun(_: EventsConnection, run: Run): void {
    this._waiting = this._waiting
      .map(known => (known.id === run.id ? mergeRun(known, run) : known))
      .filter(known => stillWaits(known.status));
    this._workers = this._workers.map(worker => {
      if (worker.run?.id === run.id) {
        return isFinal(run.status) ? { ...worker, run: null, state: 'idle', past: [run, ...worker.past] } : { ...worker, run: mergeRun(worker.run, run) };
      }
      return run.status === 'running' && run.worker === worker.id ? { ...worker, run, state: 'busy' } : worker;
    });
    this.notify();
    const worker = this._workers.find(other => other.run?.id === run.id);
    if (run.status !== 'running' || !worker) {
      // Progress alone changes nothing else.
      this._plan(LOOK_MS);
    }
  }

  /** A look that is planned earlier stays: events that come all the time must not put it off for ever. */
  private _plan(ms: number): void {
    const at = Date.now() + ms;
    if (at < this._lookAt || this._lookAt <= Date.now()) {
      window.clearTimeout(this._timer);
      this._lookAt = at;
      this._timer = window.setTimeout(() => void this.refresh(), ms);
    }
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

function refusals(answer: BulkAnswer): string[] {
  return answer.outcomes.filter(outcome => !outcome.done).map(outcome => outcome.message ?? '');
}

/** Those that wait for their next attempt. */
function soonestFirst(runs: readonly Run[]): Run[] {
  return [...runs].sort((one, other) => (one.ready_at ?? '').localeCompare(other.ready_at ?? ''));
}
