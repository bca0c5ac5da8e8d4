/** What waits, in the order in which it starts, and who works on what. */

import type { ApiClient } from '../api/client';
import type { BulkAnswer, Destination, Health, Priority, QueuedRun, QueueView, Run, RunId, ToolName, WorkerView } from '../api/types';
import { Looks } from '../logic/looks';
import { isFinal, isOld, mergeRun, stillWaits } from '../logic/merge';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

const PAGE = 100;
/** Runs that wait for their next attempt. */
const LATER = 200;
/** After an event, so that many of them are one look. */
const LOOK_MS = 400;
/** Workers come and go without an event. */
const IDLE_LOOK_MS = 15_000;
/** After somebody told a worker something: until when it is done, and how often that is looked for. */
const SETTLES_MS = 10_000;
const SETTLING_LOOK_MS = 1_500;

/** A change of an order that can be taken back. */
export interface QueueReport {
  text: { kind: 'priority'; number: number | null; priority: Priority; place: number | null } | { kind: 'canceled'; done: number; refused: string[] } | { kind: 'moved'; done: number; place: number | null; refused: string[] };
  undo: (() => Promise<void>) | null;
}

export class QueueModel extends Model {
  private _pages = new Map<number, readonly QueuedRun[]>();
  private _later: Run[] = [];
  /** What was heard while a look was under way: what that finds may be older. */
  private _meanwhile: Run[] | null = null;
  private _view: QueueView | null = null;
  private _owner = '';
  private _inSight: readonly [number, number] = [0, 0];
  private _workers: WorkerView[] = [];
  private _health: Health | null = null;
  private _loaded = false;
  private _failure: Failure | null = null;
  private _selected = new Set<RunId>();
  private _report: QueueReport | null = null;
  private _timer = 0;
  private _lookAt = 0;
  private _settlesAt = 0;
  private readonly _looks = new Looks(() => this._look());

  constructor(
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection
  ) {
    super();
    _events.runChanged.connect(this._onRun, this);
    _events.queueChanged.connect(this._onQueue, this);
    _events.gap.connect(this._onGap, this);
    _events.changed.connect(this._onConnection, this);
    void this.refresh();
  }

  /** Those that are loaded, in the order in which they start; behind them those that wait for their next attempt. */
  get waiting(): readonly Run[] {
    return [...this.queued.map(item => item.run), ...this._later];
  }

  get queued(): readonly QueuedRun[] {
    return [...this._pages].sort(([one], [other]) => one - other).flatMap(([, items]) => items);
  }

  get later(): readonly Run[] {
    return this._later;
  }

  /** Rows of the list: those that stand in the queue, then those that wait for a time. */
  get rowCount(): number {
    return this.total + this._later.length;
  }

  /** How many stand in the queue, of those that are shown. */
  get total(): number {
    return this._view?.total ?? 0;
  }

  /** How many wait, of all people. */
  get waitingOfAll(): number {
    return (this._view?.waiting ?? 0) + (this._view?.later ?? 0);
  }

  /** Limits, holds and whose runs wait. */
  get view(): QueueView | null {
    return this._view;
  }

  /** Whose runs are listed: empty for all, `me` for one's own. */
  get owner(): string {
    return this._owner;
  }

  row(index: number): QueuedRun | undefined {
    return this._pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  laterRow(index: number): Run | undefined {
    return this._later[index - this.total];
  }

  setOwner(owner: string): void {
    this._owner = owner;
    this._pages.clear();
    this._inSight = [0, 0];
    this._selected = new Set();
    void this.refresh();
  }

  /** Rows that are in sight, from the first to before the second. */
  show(from: number, to: number): void {
    this._inSight = [from, to];
    if (this._loaded && this._wanted().some(page => !this._pages.has(page))) {
      this._plan(0);
    }
  }

  get workers(): readonly WorkerView[] {
    return this._workers;
  }

  /** How many run, of all people. */
  get running(): number {
    return this._view?.running ?? 0;
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

  refresh(): Promise<void> {
    return this._looks.again();
  }

  private async _look(): Promise<void> {
    window.clearTimeout(this._timer);
    this._lookAt = 0;
    this._meanwhile = [];
    try {
      const wanted = this._wanted();
      const owner = this._owner;
      const ask = (page: number): Promise<QueueView> => this._client.queue({ offset: page * PAGE, limit: PAGE, ...(owner === '' ? {} : { owner }) });
      const [views, later, workers, health] = await Promise.all([
        Promise.all(wanted.map(ask)),
        this._client.runs({ status: 'waiting', limit: LATER }),
        this._client.workers(),
        this._client.health()
      ]);
      if (owner === this._owner) {
        // What is out of sight is fetched again as one comes to it: it has moved meanwhile.
        this._pages = new Map(wanted.map((page, index) => [page, views[index]?.items ?? []]));
        this._view = views[0] ?? null;
        this._later = soonestFirst(later.items);
      } else {
        void this.refresh();
      }
      this._workers = workers;
      this._health = health;
      this._loaded = true;
      this._failure = null;
      // The answers are of several moments: a run that has begun between them waits no more.
      workers.forEach(({ run }) => run && this._leaves(run.id));
      const queued = new Set(this.queued.map(({ run }) => run.id));
      this._later = this._later.filter(run => !queued.has(run.id));
      const heard = this._meanwhile;
      this._meanwhile = null;
      heard.forEach(run => this._take(run));
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._meanwhile = null;
    this.notify();
    if (!this._looks.anotherFollows) {
      this._plan(Date.now() < this._settlesAt ? SETTLING_LOOK_MS : IDLE_LOOK_MS);
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
    this._selected = new Set(on ? this.waiting.map(run => run.id) : []);
    this.notify();
  }

  /** At once; Undo gives each its own priority again. */
  async setPriority(ids: readonly RunId[], priority: Priority): Promise<void> {
    const before = new Map(this.waiting.filter(run => ids.includes(run.id)).map(run => [run.id, run.priority]));
    await this._try(async () => {
      const answer = await this._client.bulk({ ids: [...ids], action: 'priority', priority });
      await this.refresh();
      const done = answer.outcomes.filter(outcome => outcome.done);
      const only = done.length === 1 ? done[0] : undefined;
      this._report = {
        text: { kind: 'priority', number: only?.number ?? null, priority, place: only ? this._position(only.run) : null },
        undo: () => this._undoPriority(done.map(outcome => outcome.run), before)
      };
    });
  }

  /** Before or behind another run of the same person, or to an end of this person's runs. */
  async move(ids: readonly RunId[], to: Destination, beside: RunId | null = null): Promise<void> {
    await this._try(async () => {
      const answer = await this._client.moveRuns([...ids], to, beside);
      await this.refresh();
      const only = answer.moved.length === 1 ? answer.moved[0] : undefined;
      this._report = {
        text: { kind: 'moved', done: answer.moved.length, place: only ? this._position(only.id) : null, refused: answer.refused.map(each => each.message) },
        undo: null
      };
    });
  }

  /** One step earlier or later among the loaded runs of the same person. */
  async step(run: Run, by: -1 | 1): Promise<void> {
    const line = this.queued.map(item => item.run).filter(other => other.owner === run.owner);
    const beside = line[line.findIndex(other => other.id === run.id) + by];
    if (beside) {
      await this.move([run.id], by < 0 ? 'before' : 'after', beside.id);
    }
  }

  /** Null for the whole queue. */
  async hold(tool: ToolName | null, note: string): Promise<void> {
    await this._try(async () => {
      await this._client.holdQueue(tool, note);
      await this.refresh();
    });
  }

  async release(tool: ToolName | null): Promise<void> {
    await this._try(async () => {
      await this._client.releaseQueue(tool);
      await this.refresh();
    });
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
    this._events.queueChanged.disconnect(this._onQueue, this);
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
    this._meanwhile?.push(run);
    this._take(run);
    this.notify();
    const worker = this._workers.find(other => other.run?.id === run.id);
    if (run.status !== 'running' || !worker) {
      // Progress alone changes nothing else.
      this._plan(LOOK_MS);
    }
  }

  /** One row less, and those behind it come up; what begins stands with its worker alone. */
  private _leaves(id: RunId): void {
    const left = this.queued.find(item => item.run.id === id);
    if (!left || !this._view) {
      return;
    }
    const pages = new Map<number, readonly QueuedRun[]>();
    for (const page of [...this._pages.keys()].sort((one, other) => one - other)) {
      const items = (this._pages.get(page) ?? []).filter(item => item !== left).map(item => (item.position > left.position ? { ...item, position: item.position - 1 } : item));
      const before = pages.get(page - 1);
      const [first, ...others] = items;
      if (before && before.length < PAGE && first) {
        pages.set(page - 1, [...before, first]);
        pages.set(page, others);
      } else {
        pages.set(page, items);
      }
    }
    this._pages = pages;
    this._view = { ...this._view, total: this._view.total - 1, waiting: this._view.waiting - 1 };
  }

  private _take(run: Run): void {
    const queued = this.queued.find(item => item.run.id === run.id);
    if (queued && isOld(queued.run, run)) {
      return;
    }
    if (run.status !== 'queued') {
      this._leaves(run.id);
    }
    for (const [page, items] of this._pages) {
      if (items.some(item => item.run.id === run.id)) {
        this._pages.set(page, items.map(item => (item.run.id === run.id ? { ...item, run: mergeRun(item.run, run) } : item)));
      }
    }
    const later = this._later.length;
    this._later = this._later.map(known => (known.id === run.id ? mergeRun(known, run) : known)).filter(known => known.status === 'waiting');
    if (this._view && this._later.length < later) {
      this._view = { ...this._view, later: Math.max(0, this._view.later - 1) };
    }
    if (!stillWaits(run.status) && this._selected.has(run.id)) {
      this._selected = new Set([...this._selected].filter(id => id !== run.id));
    }
    const before = this._busy;
    this._workers = this._workers.map(worker => {
      if (worker.run?.id === run.id) {
        const now = mergeRun(worker.run, run);
        return now.status === 'running' ? { ...worker, run: now } : { ...worker, run: null, state: afterRun(worker), past: isFinal(now.status) ? [now, ...worker.past] : worker.past };
      }
      const begins = run.status === 'running' && run.worker === worker.id && !worker.past.some(each => each.id === run.id && isOld(each, run));
      return begins ? { ...worker, run, state: worker.state === 'idle' ? 'busy' : worker.state } : worker;
    });
    if (this._view) {
      this._view = { ...this._view, running: Math.max(0, this._view.running + this._busy - before) };
    }
  }

  private get _busy(): number {
    return this._workers.filter(worker => worker.run).length;
  }

  private _onQueue(): void {
    this._settlesAt = Date.now() + SETTLES_MS;
    this._plan(LOOK_MS);
  }

  /** The pages in sight, and the first, which has what holds for all. */
  private _wanted(): number[] {
    const [from, to] = this._inSight;
    const last = Math.max(0, Math.floor((to - 1) / PAGE));
    const seen = Array.from({ length: last - Math.floor(from / PAGE) + 1 }, (_, index) => Math.floor(from / PAGE) + index);
    return [...new Set([0, ...seen])].filter(page => page === 0 || page * PAGE < this.total);
  }

  private _position(id: RunId): number | null {
    return this.queued.find(item => item.run.id === id)?.position ?? null;
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

/** One that was told to end takes no other. */
function afterRun(worker: WorkerView): WorkerView['state'] {
  return worker.state === 'busy' ? 'idle' : worker.state;
}

function refusals(answer: BulkAnswer): string[] {
  return answer.outcomes.filter(outcome => !outcome.done).map(outcome => outcome.message ?? '');
}

/** Those that wait for their next attempt. */
function soonestFirst(runs: readonly Run[]): Run[] {
  return [...runs].sort((one, other) => (one.ready_at ?? '').localeCompare(other.ready_at ?? ''));
}
