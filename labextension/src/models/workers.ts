/** Who works, on all machines, and how many workers the server's machine keeps up. */

import type { ApiClient } from '../api/client';
import type { Crew, Run, WorkerId, WorkerView } from '../api/types';
import { Looks } from '../logic/looks';
import { isFinal, mergeRun } from '../logic/merge';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

/** Workers come, go and grow without an event. */
const LOOK_MS = 3_000;
/** After an event, so that many of them are one look. */
const SOON_MS = 300;
/** After a worker was told something: until when it is done, and how often that is looked for. */
const SETTLES_MS = 10_000;
const SETTLING_LOOK_MS = 700;

export class WorkersModel extends Model {
  private _workers: readonly WorkerView[] = [];
  private _crew: Crew | null = null;
  private _loaded = false;
  private _failure: Failure | null = null;
  private _timer = 0;
  private _lookAt = 0;
  private _settlesAt = 0;
  private readonly _looks = new Looks(() => this._look());
  private _disposed = false;

  constructor(
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection
  ) {
    super();
    _events.runChanged.connect(this._onRun, this);
    _events.queueChanged.connect(this._onChange, this);
    _events.gap.connect(this._onChange, this);
    _events.changed.connect(this._onConnection, this);
    document.addEventListener('visibilitychange', this._onVisible);
    void this.refresh();
  }

  get workers(): readonly WorkerView[] {
    return this._workers;
  }

  /** Those that are there, whatever they do. */
  get up(): number {
    return this._workers.filter(worker => worker.state !== 'stopped').length;
  }

  get busy(): number {
    return this._workers.filter(worker => worker.run).length;
  }

  get machines(): number {
    return new Set(this._workers.filter(worker => worker.state !== 'stopped').map(worker => worker.host)).size;
  }

  get crew(): Crew | null {
    return this._crew;
  }

  get loaded(): boolean {
    return this._loaded;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  refresh(): Promise<void> {
    return this._looks.again();
  }

  private async _look(): Promise<void> {
    window.clearTimeout(this._timer);
    this._lookAt = 0;
    try {
      [this._workers, this._crew] = await Promise.all([this._client.workers(), this._client.crew()]);
      this._loaded = true;
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
    }
    if (this._disposed) {
      return;
    }
    this.notify();
    if (!this._looks.anotherFollows && !document.hidden) {
      this._plan(Date.now() < this._settlesAt ? SETTLING_LOOK_MS : LOOK_MS);
    }
  }

  /** It finishes its run, takes no other, and ends. */
  async drain(id: WorkerId): Promise<void> {
    await this._tell(() => this._client.drainWorker(id));
  }

  /** It ends now. */
  async stop(id: WorkerId): Promise<void> {
    await this._tell(() => this._client.stopWorker(id));
  }

  /** Keep up so many on the server's machine. */
  async scale(workers: number): Promise<void> {
    try {
      this._crew = await this._client.scaleCrew(workers);
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
    }
    this.notify();
    this._onChange();
  }

  override dispose(): void {
    this._disposed = true;
    window.clearTimeout(this._timer);
    document.removeEventListener('visibilitychange', this._onVisible);
    this._events.runChanged.disconnect(this._onRun, this);
    this._events.queueChanged.disconnect(this._onChange, this);
    this._events.gap.disconnect(this._onChange, this);
    this._events.changed.disconnect(this._onConnection, this);
    super.dispose();
  }

  private async _tell(tell: () => Promise<WorkerView>): Promise<void> {
    try {
      const told = await tell();
      this._workers = this._workers.map(worker => (worker.id === told.id ? told : worker));
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
    }
    this.notify();
    this._onChange();
  }

  private _onRun(_: EventsConnection, run: Run): void {
    const known = this._workers.find(worker => worker.run?.id === run.id);
    if (known && !isFinal(run.status)) {
      this._workers = this._workers.map(worker => (worker.run?.id === run.id ? { ...worker, run: mergeRun(worker.run, run) } : worker));
      this.notify();
    } else if (known || run.status === 'running') {
      this._plan(SOON_MS);
    }
  }

  private _onChange(): void {
    this._settlesAt = Date.now() + SETTLES_MS;
    this._plan(SOON_MS);
  }

  private _onConnection(): void {
    if (this._events.state === 'live') {
      this._plan(SOON_MS);
    }
  }

  private readonly _onVisible = (): void => {
    if (!document.hidden) {
      this._plan(SOON_MS);
    }
  };

  /** A look that is planned earlier stays: events that come all the time must not put it off for ever. */
  private _plan(ms: number): void {
    const at = Date.now() + ms;
    if (at < this._lookAt || this._lookAt <= Date.now()) {
      window.clearTimeout(this._timer);
      this._lookAt = at;
      this._timer = window.setTimeout(() => void this.refresh(), ms);
    }
  }
}
