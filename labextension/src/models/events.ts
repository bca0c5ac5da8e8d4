/** One WebSocket per browser window: runs, tools and followed logs, without a hole after a lost connection. */

import { Signal, type ISignal } from '@lumino/signaling';

import type { ApiClient } from '../api/client';
import type { ClientMessage, LogEvent, PreferenceEvent, Run, RunId, ServerMessage, ToolName } from '../api/types';
import { LatestNews } from '../logic/merge';
import { Model } from './model';

/** `reconnecting` is said only after three seconds without a connection. */
export type ConnectionState = 'connecting' | 'live' | 'reconnecting';

/** Someone who reads a log: where it goes on, and what to do with the next part. */
export interface LogFollower {
  readonly run: RunId;
  readonly attempt: number | null;
  offset(): number;
  take(part: LogEvent): void;
}

const QUIET_MS = 3_000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

export class EventsConnection extends Model {
  private readonly _runChanged = new Signal<this, Run>(this);
  private readonly _toolsChanged = new Signal<this, string[]>(this);
  private readonly _preferenceChanged = new Signal<this, PreferenceEvent>(this);
  private readonly _presetsChanged = new Signal<this, ToolName>(this);
  private readonly _queueChanged = new Signal<this, void>(this);
  private readonly _cleaned = new Signal<this, void>(this);
  private readonly _scheduleChanged = new Signal<this, string>(this);
  private readonly _gap = new Signal<this, void>(this);
  private readonly _news = new LatestNews();
  private readonly _followers = new Map<RunId, LogFollower>();
  private _socket: WebSocket | null = null;
  private _open = false;
  private _state: ConnectionState = 'connecting';
  private _last: string | null = null;
  private _greeted: string | null = null;
  private _serverVersion: string | null = null;
  private _delay = FIRST_DELAY_MS;
  private _retryTimer = 0;
  private _quietTimer = 0;
  private _disposed = false;

  constructor(private readonly _client: ApiClient) {
    super();
    window.addEventListener('online', this._reconnectNow);
    window.addEventListener('offline', this._dropSocket);
  }

  /** Called once, when Lab stands: its own requests come first. */
  start(): void {
    this._waitQuietly();
    this._connect();
  }

  get state(): ConnectionState {
    return this._state;
  }

  get runChanged(): ISignal<this, Run> {
    return this._runChanged;
  }

  /** What somebody learnt of a run, on whatever way; old news is not handed on. */
  tell(run: Run): void {
    if (this._news.take(run)) {
      this._runChanged.emit(run);
    }
  }

  get toolsChanged(): ISignal<this, string[]> {
    return this._toolsChanged;
  }

  /** A preference of this person was kept or removed, in this window or another. */
  get preferenceChanged(): ISignal<this, PreferenceEvent> {
    return this._preferenceChanged;
  }

  /** Presets of this tool were kept, changed or deleted. */
  get presetsChanged(): ISignal<this, ToolName> {
    return this._presetsChanged;
  }

  /** This schedule was added, changed or removed, or it fired. */
  get scheduleChanged(): ISignal<this, string> {
    return this._scheduleChanged;
  }

  /** Something is held or released, or its order or a limit is another one. */
  get queueChanged(): ISignal<this, void> {
    return this._queueChanged;
  }

  /** What the rules free was freed. */
  get cleaned(): ISignal<this, void> {
    return this._cleaned;
  }

  /** Events were missed: whoever shows something fetches it again. */
  get gap(): ISignal<this, void> {
    return this._gap;
  }

  /** The version of the server that was met last; null before the first. */
  get serverVersion(): string | null {
    return this._serverVersion;
  }

  /** Send this log's parts to the follower, from its offset on, until it is released. */
  follow(follower: LogFollower): void {
    this._followers.set(follower.run, follower);
    this._ask(follower);
  }

  unfollow(follower: LogFollower): void {
    if (this._followers.get(follower.run) === follower) {
      this._followers.delete(follower.run);
      this._send({ type: 'unfollow', run: follower.run });
    }
  }

  override dispose(): void {
    this._disposed = true;
    window.removeEventListener('online', this._reconnectNow);
    window.removeEventListener('offline', this._dropSocket);
    window.clearTimeout(this._retryTimer);
    window.clearTimeout(this._quietTimer);
    this._socket?.close();
    super.dispose();
  }

  private _connect(): void {
    if (this._disposed) {
      return;
    }
    const socket = new WebSocket(this._client.eventsUrl(this._last));
    this._socket = socket;
    socket.onmessage = message => {
      if (socket === this._socket) {
        this._take(JSON.parse(String(message.data)) as ServerMessage);
      }
    };
    socket.onclose = () => this._lost(socket);
  }

  private _lost(socket: WebSocket): void {
    if (socket !== this._socket || this._disposed) {
      return;
    }
    this._socket = null;
    // Counted from the loss; each attempt that fails must not start it again.
    if (this._open) {
      this._waitQuietly();
    }
    this._open = false;
    window.clearTimeout(this._retryTimer);
    this._retryTimer = window.setTimeout(() => this._connect(), this._delay * (0.75 + Math.random() / 2));
    this._delay = Math.min(this._delay * 2, LONGEST_DELAY_MS);
  }

  private readonly _dropSocket = (): void => {
    const socket = this._socket;
    if (socket) {
      socket.close();
      this._lost(socket);
    }
  };

  private readonly _reconnectNow = (): void => {
    this._delay = FIRST_DELAY_MS;
    if (!this._open) {
      window.clearTimeout(this._retryTimer);
      const socket = this._socket;
      this._socket = null;
      socket?.close();
      this._connect();
    }
  };

  private _waitQuietly(): void {
    window.clearTimeout(this._quietTimer);
    this._quietTimer = window.setTimeout(() => this._setState('reconnecting'), QUIET_MS);
  }

  private _setState(state: ConnectionState): void {
    if (state !== this._state) {
      this._state = state;
      this.notify();
    }
  }

  private _take(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        this._greet(message.version, message.last);
        break;
      case 'run':
        this._last = message.id;
        this.tell(message.run);
        break;
      case 'tools':
        this._last = message.id;
        this._toolsChanged.emit(message.changed);
        break;
      case 'presets':
        this._last = message.id;
        this._presetsChanged.emit(message.tool);
        break;
      case 'schedule':
        this._last = message.id;
        this._scheduleChanged.emit(message.schedule);
        break;
      case 'queue':
        this._last = message.id;
        this._queueChanged.emit();
        break;
      case 'cleaning':
        this._last = message.id;
        this._cleaned.emit();
        break;
      case 'preference':
        this._last = message.id;
        this._preferenceChanged.emit(message);
        break;
      case 'log':
        this._takeLog(message);
        break;
      case 'gap':
        this._last = this._greeted;
        this._gap.emit();
        break;
    }
  }

  private _greet(version: string, last: string): void {
    window.clearTimeout(this._quietTimer);
    this._open = true;
    this._delay = FIRST_DELAY_MS;
    // After a break the missed events come first; each moves `last` on by itself.
    this._greeted = last;
    this._last ??= last;
    if (this._serverVersion !== version) {
      this._serverVersion = version;
      this.notify();
    }
    for (const follower of this._followers.values()) {
      this._ask(follower);
    }
    this._setState('live');
  }

  private _takeLog(part: LogEvent): void {
    const follower = this._followers.get(part.run);
    if (follower && (follower.attempt === null || follower.attempt === part.attempt)) {
      follower.take(part);
    }
  }

  private _ask(follower: LogFollower): void {
    this._send({ type: 'follow', run: follower.run, attempt: follower.attempt, offset: follower.offset() });
  }

  private _send(message: ClientMessage): void {
    if (this._open && this._socket?.readyState === WebSocket.OPEN) {
      this._socket.send(JSON.stringify(message));
    }
  }
}
