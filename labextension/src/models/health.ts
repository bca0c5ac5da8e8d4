/** Whether everything does its work: the connection, the versions, and what the server says of its parts. */

import type { ApiClient } from '../api/client';
import type { Health } from '../api/types';
import { VERSION } from '../api/version';
import type { EventsConnection } from './events';
import { Model } from './model';

const LOOK_MS = 15_000;
/** Sentences that were closed, for as long as the browser keeps this window. */
const CLOSED = 'toolrunner:closed-problems';

export class HealthModel extends Model {
  private _health: Health | null = null;
  private _timer = 0;
  private _closed: ReadonlySet<string> = new Set(readClosed());

  constructor(
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection
  ) {
    super();
    _events.changed.connect(this._onConnection, this);
    document.addEventListener('visibilitychange', this._onVisible);
  }

  get offline(): boolean {
    return this._events.state === 'reconnecting';
  }

  /** The server's version where it is not the one that this page was made with. */
  get otherVersion(): string | null {
    const version = this._events.serverVersion;
    return version === null || version === VERSION ? null : version;
  }

  /** Sentences of the server on what does not work; empty where all does. */
  get problems(): readonly string[] {
    return this._health?.problems ?? [];
  }

  /** Since when the server has seen each of them. */
  get since(): readonly string[] {
    return this._health?.problems_since ?? [];
  }

  /** Those of them that nobody closed in this window. */
  get open(): readonly string[] {
    return this.problems.filter(problem => !this._closed.has(problem));
  }

  /** Pages say no more of what is said now; what comes up later is said. */
  closeProblems(): void {
    this._closed = new Set(this.problems);
    this._keepClosed();
    this.notify();
  }

  async refresh(): Promise<void> {
    window.clearTimeout(this._timer);
    try {
      const health = await this._client.health();
      if (JSON.stringify(health.problems) !== JSON.stringify(this._health?.problems ?? [])) {
        this._health = health;
        // What went away and comes back is news.
        this._closed = new Set(health.problems.filter(problem => this._closed.has(problem)));
        this._keepClosed();
        this.notify();
      }
    } catch {
      // The connection's own state says that there is none.
    }
    this._timer = window.setTimeout(() => this._look(), LOOK_MS);
  }

  override dispose(): void {
    window.clearTimeout(this._timer);
    document.removeEventListener('visibilitychange', this._onVisible);
    this._events.changed.disconnect(this._onConnection, this);
    super.dispose();
  }

  /** Nobody reads a hidden window, and a lost connection tells enough. */
  private _look(): void {
    if (!document.hidden && this._events.state === 'live') {
      void this.refresh();
    }
  }

  private _keepClosed(): void {
    try {
      window.sessionStorage.setItem(CLOSED, JSON.stringify([...this._closed]));
    } catch {
      // Without storage it is closed until the page is loaded again.
    }
  }

  private readonly _onVisible = (): void => this._look();

  private _onConnection(): void {
    this.notify();
    this._look();
  }
}

function readClosed(): string[] {
  try {
    const kept: unknown = JSON.parse(window.sessionStorage.getItem(CLOSED) ?? '[]');
    return Array.isArray(kept) ? kept.filter(each => typeof each === 'string') : [];
  } catch {
    return [];
  }
}
