/** Rows of a table on the server: those in sight are fetched, the ones looked at lately are kept. */

import type { ApiClient } from '../api/client';
import type { ArtifactId, TablePage } from '../api/types';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

export const PAGE = 200;
const KEPT_PAGES = 40;
const AGAIN_MS = 500;

export type Operator = 'contains' | 'lacks' | 'equals' | 'differs' | 'at_least' | 'at_most' | 'empty' | 'filled';

export interface Filter {
  column: number;
  op: Operator;
  value: string;
}

export interface Sort {
  column: number;
  down: boolean;
}

export interface Row {
  /** Place in the file, from 0. */
  number: number;
  cells: readonly unknown[];
}

export class TableModel extends Model {
  private _pages = new Map<number, TablePage>();
  private _asked = new Set<number>();
  private _head: TablePage | null = null;
  private _failure: Failure | null = null;
  private _range: readonly [number, number] = [0, PAGE];
  private _timer = 0;
  private _turn = 0;
  private _sorts: readonly Sort[] = [];
  private _filters: readonly Filter[] = [];
  private _search = '';

  constructor(
    private readonly _client: ApiClient,
    private readonly _artifact: ArtifactId
  ) {
    super();
    void this._fetch(0);
  }

  override dispose(): void {
    window.clearTimeout(this._timer);
    this._turn += 1;
    super.dispose();
  }

  /** What was last said of the table as a whole. */
  get head(): TablePage | null {
    return this._head;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  /** Rows that can be scrolled to. */
  get count(): number {
    return this._head === null ? 0 : (this._head.total ?? (this._isPlain ? this._head.read : 0));
  }

  get sorts(): readonly Sort[] {
    return this._sorts;
  }

  get filters(): readonly Filter[] {
    return this._filters;
  }

  get search(): string {
    return this._search;
  }

  row(index: number): Row | undefined {
    const page = this._pages.get(Math.floor(index / PAGE));
    const cells = page?.rows[index % PAGE];
    return page && cells && { number: page.numbers?.[index % PAGE] ?? index, cells };
  }

  /** Rows from `from` to before `to` are in sight. */
  look(from: number, to: number): void {
    this._range = [from, to];
    for (let page = Math.floor(from / PAGE); page <= Math.floor(Math.max(from, to - 1) / PAGE); page++) {
      void this._fetch(page);
    }
  }

  /** Up, down, and back to the file's own order; with `more` beside the columns that sort already. */
  sortBy(column: number, more: boolean): void {
    const before = this._sorts.find(one => one.column === column);
    const others = more ? this._sorts.filter(one => one.column !== column) : [];
    this._sorts = before?.down ? others : [...others, { column, down: before !== undefined }];
    this._restart();
  }

  setFilters(filters: readonly Filter[]): void {
    this._filters = filters;
    this._restart();
  }

  setSearch(text: string): void {
    if (text !== this._search) {
      this._search = text;
      this._restart();
    }
  }

  retry(): void {
    this._restart();
  }

  private get _isPlain(): boolean {
    return this._sorts.length === 0 && this._filters.length === 0 && this._search === '';
  }

  private _restart(): void {
    window.clearTimeout(this._timer);
    this._turn += 1;
    this._pages.clear();
    this._asked.clear();
    this._failure = null;
    if (this._head) {
      this._head = { ...this._head, state: 'reading', total: null, done: 0 };
    }
    this.notify();
    void this._fetch(0);
  }

  private async _fetch(page: number): Promise<void> {
    if (this._asked.has(page)) {
      return;
    }
    this._asked.add(page);
    const turn = this._turn;
    try {
      const found = await this._client.table(this._artifact, {
        offset: page * PAGE,
        limit: PAGE,
        ...(this._sorts.length > 0 && { sort: this._sorts.map(({ column, down }) => `${column}:${down ? 'desc' : 'asc'}`).join(',') }),
        ...(this._filters.length > 0 && { filter: JSON.stringify(this._filters) }),
        ...(this._search !== '' && { q: this._search })
      });
      if (turn === this._turn) {
        this._take(page, found);
      }
    } catch (error) {
      if (turn === this._turn) {
        this._asked.delete(page);
        this._failure = failureOf(error);
        this.notify();
      }
    }
  }

  private _take(page: number, found: TablePage): void {
    this._failure = null;
    // An answer that is on its way for long knows less than a later one.
    if (this._head?.state !== 'ready' || found.state === 'ready') {
      this._head = found.columns.length > 0 || !this._head ? found : { ...found, columns: this._head.columns, types: this._head.types };
    }
    if (found.rows.length > 0 || found.state === 'ready') {
      this._pages.delete(page);
      this._pages.set(page, found);
    }
    if (found.state === 'reading') {
      if (found.rows.length < PAGE) {
        this._asked.delete(page);
      }
      window.clearTimeout(this._timer);
      this._timer = window.setTimeout(() => this._again(), AGAIN_MS);
    }
    this._forget();
    this.notify();
  }

  /** Ask again for what is in sight, or for how far the server is. */
  private _again(): void {
    const first = Math.floor(this._range[0] / PAGE);
    this._asked.delete(first);
    void this._fetch(first);
  }

  private _forget(): void {
    for (const page of this._pages.keys()) {
      if (this._pages.size <= KEPT_PAGES) {
        return;
      }
      const isInSight = page >= Math.floor(this._range[0] / PAGE) && page <= Math.floor(this._range[1] / PAGE);
      if (!isInSight) {
        this._pages.delete(page);
        this._asked.delete(page);
      }
    }
  }
}
