/** The history as a page shows it: runs of a view, in step with events, what is selected, and figures about all of them. */

import type { ApiClient } from '../api/client';
import type { BulkAnswer, BulkRequest, Durations, Run, RunId, TagUse, Timeline } from '../api/types';
import { countFilters, EMPTY_VIEW, filterQuery, readView, writeView, type HistoryView, type RunQuery } from '../logic/historyView';
import { isFinal } from '../logic/merge';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';
import { PagedRuns } from './pagedRuns';
import { RunGroups, type HistoryRow } from './runGroups';

/** Figures are asked for again so long after the last event. */
const FIGURES_MS = 1_500;

/** What was done with many runs, and can be undone. */
export interface BulkReport {
  action: BulkRequest['action'];
  answer: BulkAnswer;
  undo: (() => Promise<void>) | null;
}

export class HistoryModel extends Model {
  private _view: HistoryView;
  private _list: PagedRuns;
  private _timeline: Timeline | null = null;
  /** Whether the figures are of the view before. */
  private _figuresAreOld = false;
  /** Null where the view is not grouped. */
  private _groups: RunGroups | null;
  private _durations: Durations = {};
  private readonly _asked = new Set<string>();
  private _tags: TagUse[] = [];
  private _selected = new Map<RunId, Run>();
  private _anchor: RunId | null = null;
  private _allSelected = false;
  private _new = 0;
  private _atTop = true;
  private _report: BulkReport | null = null;
  private _working = false;
  private _failure: Failure | null = null;
  private _figuresTimer = 0;
  private _wordsTimer = 0;
  private _generation = 0;

  constructor(
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection,
    query = ''
  ) {
    super();
    this._view = readView(query);
    this._list = this._newList();
    this._groups = this._newGroups();
    _events.runChanged.connect(this._onRun, this);
    _events.gap.connect(this._onGap, this);
    _events.changed.connect(this._onConnection, this);
    void this.refresh();
  }

  // -- what is shown ----------------------------------------------------------------------------------------------

  get view(): HistoryView {
    return this._view;
  }

  /** As in an address. */
  get query(): string {
    return writeView(this._view);
  }

  get filters(): number {
    return countFilters(this._view);
  }

  get list(): PagedRuns {
    return this._list;
  }

  /** The runs that are shown one by one, as far as they are loaded. */
  *known(): Iterable<Run> {
    yield* this._list.known();
    for (const row of this._groups?.rows ?? []) {
      if (row.kind === 'run' && row.run) {
        yield row.run;
      }
    }
  }

  /** Whether there may be groups that are not shown. */
  get groupsAreCut(): boolean {
    return this._groups?.isCut ?? false;
  }

  get timeline(): Timeline | null {
    return this._timeline;
  }

  /** What is counted of the view that is shown; null until that is known. */
  get figures(): Timeline | null {
    return this._figuresAreOld ? null : this._timeline;
  }

  get failure(): Failure | null {
    return this._failure ?? (this._groups ?? this._list).failure;
  }

  get loaded(): boolean {
    return (this._groups ?? this._list).loaded;
  }

  get tags(): readonly TagUse[] {
    return this._tags;
  }

  /** New runs that are not shown, so that nothing jumps. */
  get newRuns(): number {
    return this._new;
  }

  get report(): BulkReport | null {
    return this._report;
  }

  get working(): boolean {
    return this._working;
  }

  usual(tool: string): Durations[string] | undefined {
    return this._durations[tool];
  }

  get rowCount(): number {
    return this._groups ? this._groups.rows.length : this._list.count;
  }

  row(index: number): HistoryRow | undefined {
    return this._groups ? this._groups.rows[index] : { kind: 'run', run: this._list.at(index), depth: 0 };
  }

  show(from: number, to: number): void {
    if (!this._groups) {
      this._list.show(from, to);
    }
    this._askDurations(from, to);
  }

  setView(change: Partial<HistoryView>): void {
    const before = this._view;
    this._view = { ...before, ...change };
    if (Object.keys(change).every(name => name === 'hidden')) {
      this.notify();
      return;
    }
    this.clearSelection();
    if (Object.keys(change).join() === 'words') {
      // Each key would be a search.
      window.clearTimeout(this._wordsTimer);
      this._wordsTimer = window.setTimeout(() => void this._restart(), 250);
      this.notify();
      return;
    }
    void this._restart();
  }

  load(query: string): void {
    this._view = readView(query);
    this.clearSelection();
    void this._restart();
  }

  clearFilters(): void {
    this.setView({ ...EMPTY_VIEW, sort: this._view.sort, group: this._view.group, hidden: this._view.hidden });
  }

  async refresh(): Promise<void> {
    this._new = 0;
    await Promise.all([this._refreshRows(), this._refreshFigures()]);
  }

  setAtTop(atTop: boolean): void {
    this._atTop = atTop;
  }

  toggleGroup(key: string): void {
    this._groups?.toggle(key);
  }

  /** The filter of one group, for a page of its own. */
  openGroup(key: string): void {
    this.setView({ ...this._groups?.viewOf(key), group: '' });
  }

  moreInGroup(key: string): boolean {
    return this._groups?.hasMore(key) ?? false;
  }

  async loadTags(): Promise<void> {
    try {
      this._tags = await this._client.tags();
      this.notify();
    } catch {
      // One can write a tag without suggestions.
    }
  }

  // -- selection --------------------------------------------------------------------------------------------------

  get selected(): ReadonlyMap<RunId, Run> {
    return this._selected;
  }

  /** Whether all runs of the filter are meant, also those that were never loaded. */
  get allSelected(): boolean {
    return this._allSelected;
  }

  select(run: Run, options: { range: boolean; on: boolean }): void {
    this._allSelected = false;
    const list = this._groups ? null : this._list;
    const from = options.range && list && this._anchor !== null ? list.indexOf(this._anchor) : -1;
    const to = list ? list.indexOf(run.id) : -1;
    const runs = from >= 0 && to >= 0 && list ? between(list, from, to) : [run];
    for (const each of runs) {
      if (options.on) {
        this._selected.set(each.id, each);
      } else {
        this._selected.delete(each.id);
      }
    }
    this._anchor = run.id;
    this.notify();
  }

  /** Those that are loaded; `selectAllOfFilter` means all. */
  selectLoaded(on: boolean): void {
    this._selected = new Map(on ? [...this._list.known()].map(run => [run.id, run]) : []);
    this._allSelected = false;
    this.notify();
  }

  selectAllOfFilter(): void {
    this._allSelected = true;
    this.notify();
  }

  clearSelection(): void {
    this._selected = new Map();
    this._allSelected = false;
    this._anchor = null;
    this.notify();
  }

  // -- many at once -----------------------------------------------------------------------------------------------

  async bulk(action: BulkRequest['action'], more: { tags?: string[]; priority?: 'high' | 'default' | 'low' } = {}): Promise<void> {
    const which = this._allSelected ? { where: stringified(filterQuery(this._view)) } : { ids: [...this._selected.keys()] };
    this._working = true;
    this.notify();
    try {
      const answer = await this._client.bulk({ ...which, action, ...more });
      this._report = { action, answer, undo: this._undoOf(action, answer, more) };
      this._failure = null;
      if (action === 'tag' || action === 'untag') {
        void this.loadTags();
      }
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._working = false;
    this.notify();
    void this._refreshFigures();
  }

  closeReport(): void {
    this._report = null;
    this.notify();
  }

  override dispose(): void {
    this._events.runChanged.disconnect(this._onRun, this);
    this._events.gap.disconnect(this._onGap, this);
    this._events.changed.disconnect(this._onConnection, this);
    window.clearTimeout(this._figuresTimer);
    window.clearTimeout(this._wordsTimer);
    this._list.dispose();
    this._groups?.dispose();
    super.dispose();
  }

  // -- inside -----------------------------------------------------------------------------------------------------

  private _undoOf(action: BulkRequest['action'], answer: BulkAnswer, more: { tags?: string[] }): (() => Promise<void>) | null {
    const done = answer.outcomes.filter(outcome => outcome.done);
    if (done.length === 0 || !['tag', 'untag', 'priority'].includes(action)) {
      return null;
    }
    return async () => {
      try {
        if (action === 'priority') {
          for (const priority of ['high', 'default', 'low'] as const) {
            const ids = done.filter(outcome => outcome.before === priority).map(outcome => outcome.run);
            if (ids.length > 0) {
              await this._client.bulk({ ids, action, priority });
            }
          }
        } else {
          await this._client.bulk({ ids: done.map(outcome => outcome.run), action: action === 'tag' ? 'untag' : 'tag', tags: more.tags ?? [] });
        }
        this._report = null;
      } catch (error) {
        this._failure = failureOf(error);
      }
      this.notify();
    };
  }

  private _sort(): string {
    return this._view.sort === '' ? '-number' : this._view.sort;
  }

  private _newList(): PagedRuns {
    return new PagedRuns(this._client, { ...filterQuery(this._view), sort: this._sort() }, () => this._listChanged());
  }

  private _newGroups(): RunGroups | null {
    const { group } = this._view;
    return group === '' ? null : new RunGroups(this._client, group, filterQuery(this._view), this._sort(), () => this._listChanged());
  }

  private _listChanged(): void {
    this.notify();
  }

  private async _restart(): Promise<void> {
    window.clearTimeout(this._wordsTimer);
    this._list.dispose();
    this._list = this._newList();
    this._groups?.dispose();
    this._groups = this._newGroups();
    this._failure = null;
    this._timeline = this._timeline && { ...this._timeline, points: [] };
    this._figuresAreOld = true;
    this._atTop = true;
    this.notify();
    await this.refresh();
  }

  private async _refreshRows(): Promise<void> {
    await (this._groups ?? this._list).refresh();
  }

  private async _refreshFigures(): Promise<void> {
    const generation = ++this._generation;
    try {
      const timeline = await this._client.timeline(filterQuery(this._view));
      if (generation === this._generation) {
        this._timeline = timeline;
        this._figuresAreOld = false;
        this.notify();
      }
    } catch {
      // The list says what is wrong; the figures come with the next look.
    }
  }

  private _askDurations(from: number, to: number): void {
    const tools = new Set<string>();
    for (let index = from; index < to; index += 1) {
      const row = this.row(index);
      if (row?.kind === 'run' && row.run && !this._asked.has(row.run.tool)) {
        tools.add(row.run.tool);
      }
    }
    if (tools.size > 0) {
      tools.forEach(tool => this._asked.add(tool));
      void this._client
        .durations([...tools])
        .then(durations => {
          this._durations = { ...this._durations, ...durations };
          this.notify();
        })
        .catch(() => tools.forEach(tool => this._asked.delete(tool)));
    }
  }

  private _onRun(_: EventsConnection, run: Run): void {
    const known = this._list.take(run);
    const inGroup = this._groups?.take(run) ?? false;
    const chosen = this._selected.get(run.id);
    if (chosen) {
      this._selected.set(run.id, run);
    }
    if (!known && !inGroup && this._isNew(run)) {
      if (this._atTop && this._mayPutFirst(run)) {
        this._list.putFirst(run);
      } else if (!this._groups || !this._atTop) {
        this._new += 1;
      }
    }
    this.notify();
    // One look for all events of that time: they may come without end.
    if (this._figuresTimer === 0 && (isFinal(run.status) || !known)) {
      this._figuresTimer = window.setTimeout(() => {
        this._figuresTimer = 0;
        void this._refreshFigures();
        void this._groups?.refresh(!this._atTop);
      }, FIGURES_MS);
    }
  }

  /** Not among those that were loaded, because it was made since. */
  private _isNew(run: Run): boolean {
    const newest = this._timeline?.last;
    return (this._groups ?? this._list).loaded && (newest === null || newest === undefined || run.created_at > newest) && this._fits(run);
  }

  private _fits(run: Run): boolean {
    const { tools, statuses, owners, tags, chains, before } = this._view;
    return (
      (tools.length === 0 || tools.includes(run.tool)) &&
      (statuses.length === 0 || statuses.includes(run.status)) &&
      (owners.length === 0 || owners.includes(run.owner)) &&
      tags.every(tag => run.tags.includes(tag)) &&
      (chains.length === 0 || chains.includes(run.chain ?? run.id)) &&
      before === ''
    );
  }

  /** Whether it is sure that the run belongs to the list, and comes first in it. */
  private _mayPutFirst(run: Run): boolean {
    const { params, words, shortest, longest, sort, group } = this._view;
    const first = this._list.at(0);
    return group === '' && sort === '' && params.length === 0 && words === '' && shortest === '' && longest === '' && (!first || run.number > first.number);
  }

  private _onGap(): void {
    void this.refresh();
  }

  private _onConnection(): void {
    if (this._events.state === 'live' && this.failure) {
      void this.refresh();
    }
  }
}

function between(list: PagedRuns, from: number, to: number): Run[] {
  const found: Run[] = [];
  for (let index = Math.min(from, to); index <= Math.max(from, to); index += 1) {
    const run = list.at(index);
    if (run) {
      found.push(run);
    }
  }
  return found;
}

function stringified(query: RunQuery): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([word, value]) => [word, String(value)]));
}
