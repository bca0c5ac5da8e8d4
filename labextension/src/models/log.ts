/** One attempt's log, live or finished: its end is here, what is before comes in pages when it is looked at. */

import type { ApiClient } from '../api/client';
import type { LogEvent, RunId } from '../api/types';
import { formatBytes } from '../format';
import { PAGE } from '../logic/heights';
import { LogBuffer, plainLine } from '../logic/log';
import { trans } from '../translation';
import type { EventsConnection, LogFollower } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

/** A log larger than this is opened at its end. */
const WHOLE_LOG_BYTES = 2_000_000;
const TAIL_LINES = 4_000;
/** Pages that are kept of what is before the end. */
const MOST_PAGES = 60;
/** Milliseconds between two drawings of what comes, at least. */
const PACE = 50;
const PACE_OUT_OF_SIGHT = 200;
/** More matches than that help nobody. */
const MOST_MATCHES = 200_000;

export interface Line {
  text: string;
  /** Bytes that were left out at its end. */
  more: number;
}

export class LogModel extends Model implements LogFollower {
  readonly buffer: LogBuffer;
  private _query = '';
  private _matches: number[] = [];
  private _searched = 0;
  /** Whether the server is looking through what is not here. */
  private _searching = 0;
  private _searchRound = 0;
  private _scheduled = 0;
  private _drawnAt = -Infinity;
  private _received = false;
  private _begun = false;
  private _askedFrom = -1;
  private _failure: Failure | null = null;
  private readonly _pages = new Map<number, Line[]>();
  private readonly _asked = new Set<number>();
  private _disposed = false;

  /** With no attempt the log of the current one. */
  constructor(
    readonly run: RunId,
    readonly attempt: number | null,
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection,
    size = 0,
    keep?: number
  ) {
    super();
    this.buffer = new LogBuffer(keep);
    _events.changed.connect(this._onConnection, this);
    if (size > WHOLE_LOG_BYTES) {
      void this._beginAtEnd();
    } else {
      this._begun = true;
      _events.follow(this);
    }
  }

  get received(): boolean {
    return this._received;
  }

  /** Why what is not here cannot be had at the moment. */
  get failure(): Failure | null {
    return this._failure;
  }

  /** Where the log that is shown can be had whole. */
  get url(): string {
    return this._client.logUrl(this.run, this.attempt);
  }

  /** Lines of the whole log so far. */
  get total(): number {
    return this.buffer.dropped + this.buffer.length;
  }

  /** Whether all of it is here. */
  get isWhole(): boolean {
    return this.buffer.dropped === 0;
  }

  get query(): string {
    return this._query;
  }

  /** Lines that the search found, from 0. */
  get matches(): readonly number[] {
    return this._matches;
  }

  /** How much of the log was looked through, from 0 to 1; null when all of it was. */
  get searching(): number | null {
    return this._searching > 0 ? Math.min(1, this._searched / Math.max(1, this.total)) : null;
  }

  get tooManyMatches(): boolean {
    return this._matches.length >= MOST_MATCHES;
  }

  /** A line of the log, from 0; null where it is not here yet. */
  line(index: number): Line | null {
    const { buffer } = this;
    if (index >= buffer.dropped) {
      return { text: buffer.line(index - buffer.dropped), more: 0 };
    }
    return this._pages.get(Math.floor(index / PAGE))?.[index % PAGE] ?? null;
  }

  /** The lines of a page of `PAGE` lines as far as they are here; null where they are not. */
  page(number: number): Line[] | null {
    const from = number * PAGE;
    if (from >= this.buffer.dropped) {
      const to = Math.min(from + PAGE, this.total);
      return Array.from({ length: Math.max(0, to - from) }, (_, i) => this.line(from + i) ?? { text: '', more: 0 });
    }
    return this._pages.get(number) ?? null;
  }

  /** Have these lines fetched where they are not here. */
  need(from: number, to: number): void {
    const last = Math.min(to, this.buffer.dropped) - 1;
    for (let page = Math.floor(from / PAGE); page <= Math.floor(last / PAGE); page++) {
      const known = this._pages.get(page);
      if (known) {
        // Looked at again, so that it stays longer than others.
        this._pages.delete(page);
        this._pages.set(page, known);
      } else if (!this._asked.has(page) && this._failure === null) {
        void this._fetch(page);
      }
    }
  }

  retry(): void {
    this._failure = null;
    if (!this._begun) {
      void this._beginAtEnd();
    }
    this.notify();
  }

  offset(): number {
    return this.buffer.next;
  }

  take(part: LogEvent): void {
    this._received = true;
    if (this.buffer.add(part) === 'gap') {
      this._fillGap(part);
      return;
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
    this._matches = [];
    this._searched = 0;
    this._searching = 0;
    this._searchRound += 1;
    if (query !== '' && !this.isWhole) {
      void this._searchOnServer(query, this._searchRound);
    }
    this._continueSearch();
    this.notify();
  }

  /** What is here of the log as text, without what only steers a terminal. */
  text(): string {
    return [...this.buffer.lines()].map(plainLine).join('\n');
  }

  override dispose(): void {
    this._disposed = true;
    this._events.unfollow(this);
    this._events.changed.disconnect(this._onConnection, this);
    window.clearTimeout(this._scheduled);
    super.dispose();
  }

  private async _beginAtEnd(): Promise<void> {
    try {
      const page = await this._client.logLines(this.run, this.attempt, -TAIL_LINES, 0);
      if (this._disposed) {
        return;
      }
      this.buffer.startAt(page.offset, page.first);
      this._begun = true;
      this._failure = null;
      this._events.follow(this);
      if (this._query !== '') {
        this.search(this._query);
      }
    } catch (error) {
      this._failure = failureOf(error);
    }
    this.notify();
  }

  private async _fetch(page: number): Promise<void> {
    this._asked.add(page);
    try {
      const { lines } = await this._client.logLines(this.run, this.attempt, page * PAGE, PAGE);
      this._pages.set(page, lines);
      for (const oldest of this._pages.keys()) {
        if (this._pages.size <= MOST_PAGES) {
          break;
        }
        this._pages.delete(oldest);
      }
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._asked.delete(page);
    if (!this._disposed) {
      this.notify();
    }
  }

  private _onConnection(): void {
    if (this._events.state === 'live' && this._failure?.offline) {
      this.retry();
    }
  }

  /** Many parts may come within a moment; nobody reads faster than they are drawn. */
  private _draw(): void {
    if (this._scheduled === 0) {
      const pause = document.hidden ? PACE_OUT_OF_SIGHT : Math.max(0, this._drawnAt + PACE - performance.now());
      this._scheduled = window.setTimeout(() => {
        this._scheduled = 0;
        this._drawnAt = performance.now();
        this._continueSearch();
        this.notify();
      }, pause);
    }
  }

  /** What is not here is looked through by the server, some megabytes at a time. */
  private async _searchOnServer(query: string, round: number): Promise<void> {
    this._searching = 1;
    try {
      let next: number | null = 0;
      while (next !== null && this._matches.length < MOST_MATCHES) {
        const found = await this._client.searchLog(this.run, this.attempt, query, next);
        if (round !== this._searchRound || this._disposed) {
          return;
        }
        // The last line of one answer may be the first of the next.
        const last = this._matches.at(-1) ?? -1;
        for (const line of found.lines) {
          if (line > last) {
            this._matches.push(line);
          }
        }
        this._searched = found.searched;
        next = found.next;
        this.notify();
      }
    } catch (error) {
      this._failure = failureOf(error);
    }
    if (round === this._searchRound && !this._disposed) {
      this._searching = 0;
      this._continueSearch();
      this.notify();
    }
  }

  private _continueSearch(): void {
    const query = this._query.toLowerCase();
    if (query === '' || this._searching > 0) {
      return;
    }
    const { buffer } = this;
    // The last line may still grow, so it is looked at again next time.
    for (let line = Math.max(this._searched, buffer.dropped); line < this.total && !this.tooManyMatches; line++) {
      if ((this._matches.at(-1) ?? -1) < line && plainLine(buffer.line(line - buffer.dropped)).toLowerCase().includes(query)) {
        this._matches.push(line);
      }
    }
    this._searched = Math.max(this._searched, this.total - 1);
  }
}
