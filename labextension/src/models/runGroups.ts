/** Runs of a filter that have something in common: groups that open. */

import type { ApiClient } from '../api/client';
import type { Run, RunGroup } from '../api/types';
import { readView, type GroupBy, type HistoryView, type RunQuery } from '../logic/historyView';
import { mergeRun } from '../logic/merge';
import { failureOf, type Failure } from './failure';
import { PagedRuns } from './pagedRuns';

export type HistoryRow = { kind: 'run'; run: Run | undefined; depth: number } | { kind: 'group'; group: RunGroup; open: boolean };

/** What a server answers with at most. */
export const MOST_GROUPS = 500;
/** Runs of a group that are shown. */
const SHOWN = 100;

export class RunGroups {
  private _groups: RunGroup[] | null = null;
  private readonly _open = new Map<string, PagedRuns>();
  private _failure: Failure | null = null;
  private _round = 0;
  private _disposed = false;

  constructor(
    private readonly _client: Pick<ApiClient, 'runs' | 'groups'>,
    private readonly _by: Exclude<GroupBy, ''>,
    private readonly _filter: RunQuery,
    private readonly _sort: string,
    private readonly _changed: () => void
  ) {}

  get loaded(): boolean {
    return this._groups !== null;
  }

  get failure(): Failure | null {
    return this._failure ?? [...this._open.values()].map(list => list.failure).find(failure => failure !== null) ?? null;
  }

  /** Whether there may be more groups than are shown. */
  get isCut(): boolean {
    return (this._groups?.length ?? 0) >= MOST_GROUPS;
  }

  get rows(): HistoryRow[] {
    return (this._groups ?? []).flatMap(group => {
      if (group.newest && group.runs === 1) {
        return [{ kind: 'run', run: group.newest, depth: 0 } satisfies HistoryRow];
      }
      const list = this._open.get(group.key);
      const runs: HistoryRow[] = list ? [...list.known()].map(run => ({ kind: 'run', run, depth: 1 })) : [];
      const pending: HistoryRow[] = list && !list.loaded && !list.failure ? [{ kind: 'run', run: undefined, depth: 1 }] : [];
      return [{ kind: 'group', group, open: list !== undefined } satisfies HistoryRow, ...runs, ...pending];
    });
  }

  hasMore(key: string): boolean {
    return this._open.get(key)?.hasMore ?? false;
  }

  toggle(key: string): void {
    const list = this._open.get(key);
    if (list) {
      list.dispose();
      this._open.delete(key);
    } else {
      const made = new PagedRuns(this._client, { ...this._filter, ...this._ofGroup(key), sort: this._sort }, () => this._tell(), SHOWN);
      this._open.set(key, made);
      void made.refresh();
    }
    this._changed();
  }

  /** What a group has in common, as a change of the view. */
  viewOf(key: string): Partial<HistoryView> {
    switch (this._by) {
      case 'tool':
        return { tools: [key] };
      case 'owner':
        return { owners: [key] };
      case 'chain':
        return { chains: [key] };
      case 'status':
        return { statuses: readView(`status=${key}`).statuses };
      case 'day':
        return { period: '', ...dayRange(key) };
    }
  }

  /** Count again. `inPlace`: what is looked at stays where it is, and no group comes to it. */
  async refresh(inPlace = false): Promise<void> {
    const round = ++this._round;
    try {
      const offset = -new Date().getTimezoneOffset();
      const found = await this._client.groups({ ...this._filter, by: this._by, offset });
      if (round !== this._round || this._disposed) {
        return;
      }
      const before = new Map((this._groups ?? []).map(group => [group.key, group]));
      const now = new Map(found.map(group => [group.key, group]));
      this._groups = inPlace && this._groups !== null ? this._groups.flatMap(({ key }) => now.get(key) ?? []) : found;
      this._failure = null;
      for (const [key, list] of this._open) {
        if (now.get(key)?.runs !== before.get(key)?.runs || list.failure) {
          void list.refresh();
        }
      }
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._tell();
  }

  /** What is now known of a run; whether it is one of those that are shown. */
  take(run: Run): boolean {
    let known = [...this._open.values()].some(list => list.take(run));
    for (const group of this._groups ?? []) {
      if (group.newest?.id === run.id) {
        group.newest = mergeRun(group.newest, run);
        known = true;
      }
    }
    return known;
  }

  dispose(): void {
    this._disposed = true;
    this._open.forEach(list => list.dispose());
  }

  private _ofGroup(key: string): RunQuery {
    if (this._by === 'day') {
      const { from, before } = dayRange(key);
      return { created_from: from, created_before: before };
    }
    return { [this._by]: /[",]/.test(key) ? `"${key.replaceAll('"', '""')}"` : key };
  }

  private _tell(): void {
    if (!this._disposed) {
      this._changed();
    }
  }
}

function dayRange(day: string): { from: string; before: string } {
  const start = new Date(`${day}T00:00:00`);
  const end = new Date(start);
  end.setDate(end.getDate() + 1);
  return { from: start.toISOString(), before: end.toISOString() };
}
