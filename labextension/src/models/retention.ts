/** What is kept of ended runs, what the rules would free now, and what they freed. */

import type { ApiClient } from '../api/client';
import type { Cleaning, Retention } from '../api/types';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

/** Milliseconds between tries without a connection: one that was lost for a moment is told by nobody. */
const AGAIN_MS = 3_000;

export class RetentionModel extends Model {
  private _retention: Retention | null = null;
  private _found: Cleaning | null = null;
  private _failure: Failure | null = null;
  private _looking = false;
  private _again = false;
  private _asked = false;
  private _cleaning = false;
  private _freed: Cleaning | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _disposed = false;

  constructor(
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection
  ) {
    super();
    _events.cleaned.connect(this._onChange, this);
    _events.gap.connect(this._onChange, this);
    void this.refresh();
  }

  /** The rules and the latest cleanings; null until they are known. */
  get retention(): Retention | null {
    return this._retention;
  }

  /** What a cleaning would free; null until that is known. */
  get found(): Cleaning | null {
    return this._found;
  }

  /** Whether it is being looked at what would go: of a long history that takes a while. */
  get looking(): boolean {
    return this._looking;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  /** Whether one is asked if it shall go. */
  get asked(): boolean {
    return this._asked;
  }

  get cleaning(): boolean {
    return this._cleaning;
  }

  /** What the cleaning that was asked for here freed, until that is closed. */
  get freed(): Cleaning | null {
    return this._freed;
  }

  async refresh(): Promise<void> {
    // While something is freed, what is left is no answer.
    if (this._looking || this._cleaning) {
      this._again = true;
      return;
    }
    this._looking = true;
    clearTimeout(this._timer);
    this.notify();
    try {
      this._retention = await this._client.retention();
      this.notify();
      this._found = await this._client.lookAtCleaning();
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._looking = false;
    if (this._disposed) {
      return;
    }
    if (amount(this._found) === 0) {
      this._asked = false;
    }
    this.notify();
    if (this._again) {
      this._again = false;
      void this.refresh();
    } else if (this._failure?.offline) {
      this._timer = setTimeout(() => void this.refresh(), AGAIN_MS);
    }
  }

  ask(): void {
    this._asked = amount(this._found) > 0;
    this._freed = null;
    this.notify();
  }

  keep(): void {
    this._asked = false;
    this.notify();
  }

  /** Free what the rules say now, be it more than was shown. */
  async clean(): Promise<void> {
    if (this._cleaning) {
      return;
    }
    this._asked = false;
    this._cleaning = true;
    this.notify();
    try {
      this._freed = await this._client.clean();
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._cleaning = false;
    if (this._disposed) {
      return;
    }
    this.notify();
    // The next look is younger than what was asked for meanwhile.
    this._again = false;
    if (this._failure === null || this._failure.offline) {
      await this.refresh();
    }
  }

  closeReport(): void {
    this._freed = null;
    this.notify();
  }

  override dispose(): void {
    this._disposed = true;
    clearTimeout(this._timer);
    this._events.cleaned.disconnect(this._onChange, this);
    this._events.gap.disconnect(this._onChange, this);
    super.dispose();
  }

  private _onChange(): void {
    void this.refresh();
  }
}

/** How many logs and artifacts. */
export function amount(cleaning: Cleaning | null): number {
  return cleaning === null ? 0 : cleaning.logs + cleaning.artifacts;
}

/** Bytes that it makes room for. */
export function bytesOf(cleaning: Cleaning): number {
  return cleaning.log_bytes + cleaning.artifact_bytes;
}
