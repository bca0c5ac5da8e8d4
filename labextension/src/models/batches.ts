/** Batches: all of them, and the one that is looked at, with what came of its rows. */

import type { ApiClient } from '../api/client';
import type { Batch, Forecast, RowOutcome, RunStatus, Tool } from '../api/types';
import type { Values } from '../logic/schema';
import { BatchDraft } from './batchDraft';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

export const MOST_SHOWN = 50;
const PAGE = 200;
const LOOK_MS = 300;
/** Without any event: another server may run it. */
const POLL_MS = 2_000;

interface Page {
  after: number;
  items: readonly RowOutcome[];
}

export class BatchesModel extends Model {
  private _items: readonly Batch[] = [];
  private _next: number | null = null;
  private _loaded = false;
  private _failure: Failure | null = null;
  private _batch: Batch | null = null;
  private _opening: string | null = null;
  private _forecast: Forecast | null = null;
  private _pages: Page[] = [];
  private _hasMore = false;
  private _only: RunStatus | null = null;
  private _fetching = false;
  private _from = 0;
  private _to = 0;
  private _draft: BatchDraft | null = null;
  private _report: string | null = null;
  private _busy = false;
  private _timer = 0;
  private _looksSoon = false;
  private _gone = false;

  constructor(
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection
  ) {
    super();
    _events.runChanged.connect(this._onRun, this);
    _events.gap.connect(this._plan, this);
    _events.changed.connect(this._onConnection, this);
    void this.refresh();
  }

  /** The newest first. */
  get items(): readonly Batch[] {
    return this._items;
  }

  /** Whether there are older ones. */
  get hasOlder(): boolean {
    return this._next !== null;
  }

  get loaded(): boolean {
    return this._loaded;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  /** The one that is looked at. */
  get batch(): Batch | null {
    return this._batch;
  }

  /** The one that was asked for, and is not here yet. */
  get opening(): string | null {
    return this._opening;
  }

  /** How long the rest will take; null where it has ended, or is not known yet. */
  get forecast(): Forecast | null {
    return this._batch?.final === false ? this._forecast : null;
  }

  get draft(): BatchDraft | null {
    return this._draft;
  }

  /** The status that rows are shown of; null for all. */
  get only(): RunStatus | null {
    return this._only;
  }

  get busy(): boolean {
    return this._busy;
  }

  /** How many runs the last step was done to, in words. */
  get report(): string | null {
    return this._report;
  }

  get fetching(): boolean {
    return this._fetching;
  }

  /** Rows that were come to so far. */
  get count(): number {
    return this._pages.reduce((sum, page) => sum + page.items.length, 0);
  }

  at(index: number): RowOutcome | undefined {
    return this._pages[Math.floor(index / PAGE)]?.items[index % PAGE];
  }

  tableUrl(batch: Batch): string {
    return this._client.batchTableUrl(batch.id);
  }

  /** Begin a new one. */
  begin(tool: Tool, common: Values, kind: BatchDraft['kind']): void {
    this._leave();
    this._draft = new BatchDraft(tool, common, kind, this._client, batch => {
      this._items = [batch, ...this._items];
      this.open(batch.id);
    });
    this.notify();
  }

  open(id: string): void {
    this._leave();
    this._opening = id;
    this.notify();
    void this.refresh();
  }

  showList(): void {
    this._leave();
    this.notify();
    void this.refresh();
  }

  show(only: RunStatus | null): void {
    this._only = only;
    this._pages = [];
    this._hasMore = false;
    this.notify();
    void this._fetchRows();
  }

  /** What is looked at: more is fetched as one comes to its end. */
  look(from: number, to: number): void {
    this._from = from;
    this._to = to;
    if (this._hasMore && to >= this.count - PAGE / 4 && !this._fetching) {
      void this._fetchMore();
    }
  }

  cancel(): Promise<void> {
    return this._change(batch => this._client.cancelBatch(batch.id));
  }

  retry(code: 'kept' | 'now'): Promise<void> {
    return this._change(batch => this._client.retryBatch(batch.id, code));
  }

  closeReport(): void {
    this._report = null;
    this.notify();
  }

  async refresh(): Promise<void> {
    window.clearTimeout(this._timer);
    this._timer = 0;
    this._looksSoon = false;
    const id = this._opening ?? this._batch?.id ?? null;
    try {
      if (id === null) {
        const page = await this._client.batches({ limit: MOST_SHOWN });
        this._items = page.items;
        this._next = page.next ?? null;
        this._loaded = true;
      } else {
        await this._refreshBatch(id);
      }
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
    }
    if (this._gone) {
      return;
    }
    this.notify();
    const open = this._batch ? !this._batch.final : !this._draft && this._items.some(batch => !batch.final);
    if (open && this._timer === 0) {
      this._timer = window.setTimeout(() => void this.refresh(), POLL_MS);
    }
  }

  async older(): Promise<void> {
    if (this._next !== null) {
      try {
        const page = await this._client.batches({ limit: MOST_SHOWN, before: this._next });
        this._items = [...this._items, ...page.items];
        this._next = page.next ?? null;
      } catch (error) {
        this._failure = failureOf(error);
      }
      this.notify();
    }
  }

  override dispose(): void {
    this._gone = true;
    window.clearTimeout(this._timer);
    this._draft?.dispose();
    this._events.runChanged.disconnect(this._onRun, this);
    this._events.gap.disconnect(this._plan, this);
    this._events.changed.disconnect(this._onConnection, this);
    super.dispose();
  }

  private _leave(): void {
    this._draft?.dispose();
    this._draft = null;
    this._batch = null;
    this._opening = null;
    this._forecast = null;
    this._pages = [];
    this._hasMore = false;
    this._only = null;
    this._report = null;
    this._failure = null;
  }

  private async _refreshBatch(id: string): Promise<void> {
    const batch = await this._client.batch(id);
    if (id !== (this._opening ?? this._batch?.id)) {
      return;
    }
    const changed = JSON.stringify(batch.by_status) !== JSON.stringify(this._batch?.by_status) || this._batch?.id !== batch.id;
    this._batch = batch;
    this._opening = null;
    this.notify();
    if (!batch.final) {
      void this._loadForecast(batch);
    }
    if (changed || !batch.final) {
      await this._fetchRows();
    }
  }

  private async _loadForecast(batch: Batch): Promise<void> {
    try {
      const forecast = await this._client.batchForecast(batch.id);
      if (batch.id === this._batch?.id) {
        this._forecast = forecast;
        this.notify();
      }
    } catch {
      // Without it the page says less; its rows come all the same.
    }
  }

  /** The pages that are looked at once more, the first where there is none yet. */
  private async _fetchRows(): Promise<void> {
    const batch = this._batch;
    if (!batch || this._fetching) {
      return;
    }
    if (this._pages.length === 0 || this._only !== null) {
      // Which rows have a status changes with each that ends.
      await this._fetchPage(batch, 0, 0);
      return;
    }
    const last = Math.floor(Math.max(this._from, this._to - 1) / PAGE);
    for (let place = Math.floor(this._from / PAGE); place <= last; place++) {
      const page = this._pages[place];
      if (page) {
        await this._fetchPage(batch, place, page.after);
      }
    }
  }

  private async _fetchMore(): Promise<void> {
    const batch = this._batch;
    const last = this._pages.at(-1)?.items.at(-1);
    if (batch && last) {
      await this._fetchPage(batch, this._pages.length, last.row);
    }
  }

  private async _fetchPage(batch: Batch, place: number, after: number): Promise<void> {
    this._fetching = true;
    const only = this._only;
    try {
      const page = await this._client.outcomes(batch.id, { limit: PAGE, after, ...(only === null ? {} : { status: only }) });
      if (batch.id === this._batch?.id && only === this._only) {
        if (only !== null && place === 0) {
          this._pages = [];
        }
        this._pages[place] = { after, items: page.items };
        if (place >= this._pages.length - 1) {
          this._hasMore = page.next !== null;
        }
      }
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._fetching = false;
    this.notify();
    if (only !== this._only || batch.id !== this._batch?.id) {
      // Another status was chosen meanwhile, or another batch.
      await this._fetchRows();
    }
  }

  private async _change(call: (batch: Batch) => Promise<{ batch: Batch; done: number }>): Promise<void> {
    const batch = this._batch;
    if (!batch || this._busy) {
      return;
    }
    this._busy = true;
    this.notify();
    try {
      const answer = await call(batch);
      this._batch = answer.batch;
      this._report = String(answer.done);
      this._failure = null;
      await this._fetchRows();
    } catch (error) {
      this._failure = failureOf(error);
      this._busy = false;
      this.notify();
      return;
    }
    this._busy = false;
    await this.refresh();
  }

  private _onRun(): void {
    if (!this._draft) {
      this._plan();
    }
  }

  private _onConnection(): void {
    if (this._events.state === 'live' && this._failure?.offline) {
      this._plan();
    }
  }

  /** Soon; events that come all the time must not put it off for ever. */
  private _plan(): void {
    if (this._looksSoon) {
      return;
    }
    this._looksSoon = true;
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => void this.refresh(), LOOK_MS);
  }
}
