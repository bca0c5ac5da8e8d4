/** One attempt's log, live or finished. */

import type { ApiClient } from '../api/client';
import type { LogEvent, RunId } from '../api/types';
import { formatBytes } from '../format';
import { LogBuffer, plainLine } from '../logic/log';
import { trans } from '../translation';
import type { EventsConnection, LogFollower } from './events';
import { Model } from './model';

/** A log larger than this is shown from near its end. */
const WHOLE_LOG_BYTES = 24_000_000;
const TAIL_BYTES = 4_000_000;

export class LogModel extends Model implements LogFollower {
  readonly buffer = new LogBuffer();
  private _query = '';
  private _matches: number[] = [];
  private _searched = 0;
  private _scheduled = 0;
  private _received = false;
  private _start = 0;
  private _askedFrom = -1;

  /** With no attempt the log of the current one. */
  constructor(
    readonly run: RunId,
    readonly attempt: number | null,
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection,
    size = 0
  ) {
    super();
    if (size > WHOLE_LOG_BYTES) {
      this.buffer.tailOnly = true;
      this._start = -TAIL_BYTES;
    }
    _events.follow(this);
  }

  get received(): boolean {
    return this._received;
  }

  /** Where the log that is shown can be had whole. */
  get url(): string {
    return this._client.logUrl(this.run, this.attempt);
  }

  get query(): string {
    return this._query;
  }

  /** Indexes of the lines that the search found. */
  get matches(): readonly number[] {
    return this._matches;
  }

  offset(): number {
    return this.buffer.next > 0 ? this.buffer.next : this._start;
  }

  take(part: LogEvent): void {
    this._received = true;
    const dropped = this.buffer.dropped;
    if (this.buffer.add(part) === 'gap') {
      this._fillGap(part);
      return;
    }
    if (this.buffer.dropped !== dropped) {
      this._restartSearch();
    }
    this._draw();
  }

  /** Ask again from where the log ends here; what does not come then is gone. */
  private _fillGap(part: LogEvent): void {
    if (this._askedFrom !== this.buffer.next) {
      this._askedFrom = this.buffer.next;
      this._events.follow(this);
      return;
    }
    const lost = formatBytes(part.offset - this.buffer.next);
    this.buffer.skipTo(part.offset, trans.__('[%1 of the log were not kept]', lost));
    this.take(part);
  }

  search(query: string): void {
    this._query = query;
    this._restartSearch();
    this._continueSearch();
    this.notify();
  }

  /** The log as text, without what only steers a terminal. */
  text(): string {
    return [...this.buffer.lines()].map(plainLine).join('\n');
  }

  override dispose(): void {
    this._events.unfollow(this);
    window.cancelAnimationFrame(this._scheduled);
    super.dispose();
  }

  /** Many parts may come between two frames; they are drawn once. */
  private _draw(): void {
    if (this._scheduled === 0) {
      // A hidden page has no frames, and nobody who looks.
      const later = document.hidden ? (step: () => void) => window.setTimeout(step, 200) : window.requestAnimationFrame;
      this._scheduled = later(() => {
        this._scheduled = 0;
        this._continueSearch();
        this.notify();
      });
    }
  }

  private _restartSearch(): void {
    this._matches = [];
    this._searched = 0;
  }

  private _continueSearch(): void {
    const query = this._query.toLowerCase();
    if (query === '') {
      return;
    }
    // The last line may still grow, so it is looked at again next time.
    for (let i = this._searched; i < this.buffer.length; i++) {
      if (this._matches.at(-1) !== i && plainLine(this.buffer.line(i)).toLowerCase().includes(query)) {
        this._matches.push(i);
      }
    }
    this._searched = Math.max(0, this.buffer.length - 1);
  }
}
