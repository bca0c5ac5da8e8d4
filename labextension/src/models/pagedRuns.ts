/** Runs of one filter in one order: pages that are fetched as one comes to them, and forgotten when far away. */

import type { ApiClient, RunFilter } from '../api/client';
import type { Run, RunId } from '../api/types';
import { mergeRun } from '../logic/merge';
import { failureOf, type Failure } from './failure';

interface RunsPage {
  cursor: string | undefined;
  /** Null where they were forgotten. */
  runs: Run[] | null;
  count: number;
}

/** Pages that are kept at once. */
const MOST_PAGES = 24;

export class PagedRuns {
  private _pages: RunsPage[] = [];
  private _next: string | null = null;
  private _loaded = false;
  private _failure: Failure | null = null;
  private _loading = new Set<number>();
  private _disposed = false;

  constructor(
    private readonly _client: Pick<ApiClient, 'runs'>,
    private readonly _filter: RunFilter,
    private readonly _changed: () => void,
    private readonly _size = 100
  ) {}

  get loaded(): boolean {
    return this._loaded;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  get loading(): boolean {
    return this._loading.size > 0;
  }

  get hasMore(): boolean {
    return this._next !== null;
  }

  /** Runs that were come to so far. */
  get count(): number {
    return this._pages.reduce((sum, page) => sum + page.count, 0);
  }

  /** Undefined where it is being fetched again. */
  at(index: number): Run | undefined {
    let first = 0;
    for (const page of this._pages) {
      if (index < first + page.count) {
        return page.runs?.[index - first];
      }
      first += page.count;
    }
    return undefined;
  }

  /** The runs that are known at the moment. */
  *known(): Iterable<Run> {
    for (const page of this._pages) {
      yield* page.runs ?? [];
    }
  }

  indexOf(id: RunId): number {
    let first = 0;
    for (const page of this._pages) {
      const at = page.runs?.findIndex(run => run.id === id) ?? -1;
      if (at >= 0) {
        return first + at;
      }
      first += page.count;
    }
    return -1;
  }

  /** Fetch the first page again; what was loaded behind it is come to again. */
  async refresh(): Promise<void> {
    await this._fetch(0, undefined, true);
  }

  /** What is looked at: fetch what is missing there and next, forget what is far. */
  show(from: number, to: number): void {
    let first = 0;
    const far: RunsPage[] = [];
    this._pages.forEach((page, place) => {
      const last = first + page.count;
      const near = last >= from - 2 * this._size && first <= to + 2 * this._size;
      if (near && page.runs === null && !this._loading.has(place)) {
        void this._fetch(place, page.cursor);
      } else if (!near && page.runs !== null) {
        far.push(page);
      }
      first = last;
    });
    const tooMany = this._pages.filter(page => page.runs !== null).length - MOST_PAGES;
    for (const page of tooMany > 0 ? far.slice(0, tooMany) : []) {
      page.runs = null;
    }
    if (this._next !== null && to >= first - this._size / 2 && !this._loading.has(this._pages.length)) {
      void this._fetch(this._pages.length, this._next);
    }
  }

  /** What is now known of a run; whether it is one of these. */
  take(run: Run): boolean {
    for (const page of this._pages) {
      const at = page.runs?.findIndex(known => known.id === run.id) ?? -1;
      if (page.runs && at >= 0) {
        page.runs[at] = mergeRun(page.runs[at] ?? null, run);
        return true;
      }
    }
    return false;
  }

  /** A new run, before all others. */
  putFirst(run: Run): void {
    const page = this._pages[0];
    if (page?.runs) {
      page.runs.unshift(run);
      page.count += 1;
    }
  }

  dispose(): void {
    this._disposed = true;
  }

  private async _fetch(place: number, cursor: string | undefined, again = false): Promise<void> {
    this._loading.add(place);
    this._changed();
    try {
      const page = await this._client.runs({ ...this._filter, limit: this._size, ...(cursor === undefined ? {} : { cursor }) });
      if (this._disposed) {
        return;
      }
      if (again) {
        this._pages = [];
      }
      // The last page, or an empty one that is replaced by the page behind it.
      if (place >= this._pages.length - (this._pages.at(-1)?.count === 0 ? 1 : 0)) {
        this._next = page.next ?? null;
      }
      this._pages[place] = { cursor, runs: page.items, count: page.items.length };
      this._loaded = true;
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._loading.delete(place);
    if (!this._disposed) {
      this._changed();
      this._goOn(place);
    }
  }

  /** A search for words may answer with an empty page and yet not be at its end. */
  private _goOn(place: number): void {
    const page = this._pages[place];
    if (page?.count === 0 && this._next !== null && !this._failure && place === this._pages.length - 1) {
      void this._fetch(place, this._next);
    }
  }
}
