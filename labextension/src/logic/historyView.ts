/** What a history page shows, as words of an address: filters as REST names them, order, grouping, hidden columns. */

import type { Reason, RunStatus } from '../api/types';

export type GroupBy = '' | 'tool' | 'day' | 'owner' | 'status' | 'chain';
export type Period = '' | 'today' | 'week' | 'month' | 'year';

export interface HistoryView {
  readonly words: string;
  readonly tools: readonly string[];
  readonly statuses: readonly RunStatus[];
  readonly reasons: readonly Reason[];
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  /** Ids of the runs that chains began with. */
  readonly chains: readonly string[];
  /** Conditions as one writes them: `damping>=0.9`. */
  readonly params: readonly string[];
  /** A period that ends now; `from` and `before` are fixed times in its place. */
  readonly period: Period;
  readonly from: string;
  readonly before: string;
  /** Seconds. */
  readonly shortest: string;
  readonly longest: string;
  /** A column, with a minus for the other way round; empty for the newest first. */
  readonly sort: string;
  readonly group: GroupBy;
  readonly hidden: readonly string[];
}

export const EMPTY_VIEW: HistoryView = {
  words: '',
  tools: [],
  statuses: [],
  reasons: [],
  owners: [],
  tags: [],
  chains: [],
  params: [],
  period: '',
  from: '',
  before: '',
  shortest: '',
  longest: '',
  sort: '',
  group: '',
  hidden: []
};

/** Names in the address for what is no word of REST. */
const LISTS = { tool: 'tools', status: 'statuses', reason: 'reasons', owner: 'owners', tag: 'tags', chain: 'chains', param: 'params', hide: 'hidden' } as const;
const TEXTS = { q: 'words', period: 'period', created_from: 'from', created_before: 'before', shortest: 'shortest', longest: 'longest', sort: 'sort', group: 'group' } as const;
const PERIODS: readonly string[] = ['today', 'week', 'month', 'year'];
const GROUPS: readonly string[] = ['tool', 'day', 'owner', 'status', 'chain'];
const STATUSES: readonly string[] = ['waiting', 'queued', 'running', 'succeeded', 'failed', 'canceled', 'skipped'];

export function writeView(view: HistoryView): string {
  const query = new URLSearchParams();
  for (const [word, name] of Object.entries(LISTS)) {
    const values = view[name];
    if (values.length > 0) {
      query.set(word, values.map(quoted).join(','));
    }
  }
  for (const [word, name] of Object.entries(TEXTS)) {
    if (view[name] !== '') {
      query.set(word, view[name]);
    }
  }
  return query.toString();
}

/** The view of an address; what is not understood is left out. */
export function readView(text: string): HistoryView {
  const query = new URLSearchParams(text);
  const view: Record<string, unknown> = { ...EMPTY_VIEW };
  for (const [word, name] of Object.entries(LISTS)) {
    view[name] = splitWords(query.get(word) ?? '');
  }
  for (const [word, name] of Object.entries(TEXTS)) {
    view[name] = query.get(word) ?? '';
  }
  const read = view as unknown as HistoryView;
  return {
    ...read,
    statuses: read.statuses.filter(status => STATUSES.includes(status)),
    period: PERIODS.includes(read.period) ? read.period : '',
    group: GROUPS.includes(read.group) ? read.group : ''
  };
}

export type RunQuery = Partial<Record<'q' | 'tool' | 'status' | 'reason' | 'owner' | 'tag' | 'chain' | 'param' | 'created_from' | 'created_before' | 'sort', string>> & {
  shortest?: number;
  longest?: number;
};

/** The filter as REST takes it. */
export function filterQuery(view: HistoryView, now = new Date()): RunQuery {
  const query: RunQuery = {};
  const lists = { tool: view.tools, status: view.statuses, reason: view.reasons, owner: view.owners, tag: view.tags, chain: view.chains, param: view.params } as const;
  for (const [word, values] of Object.entries(lists) as [keyof typeof lists, readonly string[]][]) {
    if (values.length > 0) {
      query[word] = values.map(quoted).join(',');
    }
  }
  if (view.words.trim() !== '') {
    query.q = view.words.trim();
  }
  const from = view.period === '' ? view.from : startOf(view.period, now).toISOString();
  if (from !== '') {
    query.created_from = from;
  }
  if (view.period === '' && view.before !== '') {
    query.created_before = view.before;
  }
  for (const bound of ['shortest', 'longest'] as const) {
    const seconds = Number(view[bound]);
    if (view[bound] !== '' && Number.isFinite(seconds) && seconds >= 0) {
      query[bound] = seconds;
    }
  }
  return query;
}

export function startOf(period: Exclude<Period, ''>, now: Date): Date {
  const start = new Date(now);
  start.setHours(0, 0, 0, 0);
  const days = { today: 0, week: 6, month: 29, year: 364 }[period];
  start.setDate(start.getDate() - days);
  return start;
}

/** How many filters narrow the view; a range counts once. */
export function countFilters(view: HistoryView): number {
  return [
    view.words.trim() !== '',
    view.tools.length > 0,
    view.statuses.length > 0,
    view.reasons.length > 0,
    view.owners.length > 0,
    view.chains.length > 0,
    view.period !== '' || view.from !== '' || view.before !== '',
    view.shortest !== '' || view.longest !== ''
  ].filter(Boolean).length + view.tags.length + view.params.length;
}

/** The same order and columns, and no filter. */
export function withoutFilters(view: HistoryView): HistoryView {
  return { ...EMPTY_VIEW, sort: view.sort, group: view.group, hidden: view.hidden };
}

function quoted(value: string): string {
  return /[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Parts between commas; double quotes keep a comma, and two of them stand for one. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let inQuotes = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    if (sign === '"' && inQuotes && text[at + 1] === '"') {
      word += '"';
      at += 1;
    } else if (sign === '"') {
      inQuotes = !inQuotes;
    } else if (sign === ',' && !inQuotes) {
      words.push(word);
      word = '';
    } else {
      word += sign;
    }
  }
  return [...words, word].filter(found => found.trim() !== '');
}

const CONDITION = /^\s*([^\s=!<>~]+)\s*(>=|<=|!=|=|>|<|~)\s*([\s\S]*?)\s*$/;

export interface Condition {
  name: string;
  comparison: string;
  value: string;
}

/** `damping >= 0.9` in its parts; null where it is no condition. */
export function readCondition(text: string): Condition | null {
  const match = CONDITION.exec(text);
  return match ? { name: match[1] ?? '', comparison: match[2] ?? '', value: match[3] ?? '' } : null;
}
