/** Numbers, sizes, times and statuses in words of the page's language. */

import type { Reason, Run, RunStatus } from './api/types';
import { locale, trans } from './translation';

/** To make a format takes longer than to draw a line with it: each is made once. */
const numberFormats = new Map<string, Intl.NumberFormat>();
const timeFormats = new Map<string, Intl.DateTimeFormat>();

function numberFormat(digits: number): Intl.NumberFormat {
  const key = `${locale()} ${digits}`;
  let format = numberFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale(), { maximumFractionDigits: digits });
    numberFormats.set(key, format);
  }
  return format;
}

export function timeFormat(style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale()} ${JSON.stringify(style)}`;
  let format = timeFormats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale(), style);
    timeFormats.set(key, format);
  }
  return format;
}

export function formatNumber(value: number): string {
  // As many digits as a format has that is told nothing.
  return numberFormat(3).format(value);
}

export function formatBytes(bytes: number): string {
  const units = [trans.__('B'), trans.__('kB'), trans.__('MB'), trans.__('GB'), trans.__('TB')];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${numberFormat(digits).format(value)}\u00a0${units[unit] ?? ''}`;
}

export function formatDuration(seconds: number): string {
  if (seconds > 0 && seconds < 0.0995) {
    return trans.__('%1 ms', formatNumber(Math.max(1, Math.round(seconds * 1000))));
  }
  if (seconds < 60) {
    const digits = seconds < 10 ? 1 : 0;
    const text = numberFormat(digits).format(Math.max(0, seconds));
    return trans.__('%1 s', text);
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return trans.__('%1 min %2 s', minutes, Math.floor(seconds % 60));
  }
  return trans.__('%1 h %2 min', formatNumber(Math.floor(minutes / 60)), minutes % 60);
}

/** How long ago, as one says it. */
export function formatAgo(time: string, now = Date.now()): string {
  const seconds = (now - Date.parse(time)) / 1000;
  if (seconds < 45) {
    return trans.__('just now');
  }
  if (seconds < 3570) {
    return trans.__('%1 min ago', Math.round(seconds / 60));
  }
  if (seconds < 86_400) {
    return trans.__('%1 h ago', Math.round(seconds / 3600));
  }
  return timeFormat({ dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time));
}

/** A moment as one says since when something is so: of today the time alone. */
export function formatSince(time: string, now = Date.now()): string {
  const moment = new Date(time);
  const today = moment.toDateString() === new Date(now).toDateString();
  return timeFormat(today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' }).format(moment);
}

/** The exact time with its zone. */
export function formatExact(time: string): string {
  return timeFormat({ dateStyle: 'long', timeStyle: 'long' }).format(new Date(time));
}

export function secondsOf(run: Pick<Run, 'started_at' | 'finished_at'>, now = Date.now()): number | null {
  if (!run.started_at) {
    return null;
  }
  return ((run.finished_at ? Date.parse(run.finished_at) : now) - Date.parse(run.started_at)) / 1000;
}

export function statusWord(status: RunStatus): string {
  switch (status) {
    case 'waiting':
      return trans.__('Waiting');
    case 'queued':
      return trans.__('Queued');
    case 'running':
      return trans.__('Running');
    case 'succeeded':
      return trans.__('Succeeded');
    case 'failed':
      return trans.__('Failed');
    case 'canceled':
      return trans.__('Canceled');
    case 'skipped':
      return trans.__('Skipped');
  }
}

export function reasonWord(reason: Reason): string {
  switch (reason) {
    case 'error':
      return trans.__('error');
    case 'timeout':
      return trans.__('time limit');
    case 'memory':
      return trans.__('out of memory');
    case 'output_limit':
      return trans.__('too much output');
    case 'processes':
      return trans.__('too many processes');
    case 'open_files':
      return trans.__('too many open files');
    case 'lost_worker':
      return trans.__('worker lost');
    case 'upstream':
      return trans.__('an earlier run failed');
  }
}

/** "Failed: worker lost", "Running 62%". */
export function statusText(run: Pick<Run, 'status' | 'reason' | 'progress'> & Partial<Pick<Run, 'reused'>>): string {
  const word = statusWord(run.status);
  if (run.status === 'succeeded' && run.reused) {
    return trans.__('Reused');
  }
  if (run.status === 'failed' && run.reason && run.reason !== 'error') {
    return trans.__('%1: %2', word, reasonWord(run.reason));
  }
  if (run.status === 'waiting' && run.reason) {
    return trans.__('%1: %2', word, reasonWord(run.reason));
  }
  const percent = percentOf(run);
  return run.status === 'running' && percent !== null ? `${word} ${percent}%` : word;
}

export function percentOf(run: Pick<Run, 'progress'>): number | null {
  const progress = run.progress;
  if (!progress?.total) {
    return null;
  }
  return Math.round(Math.min(1, Math.max(0, progress.done / progress.total)) * 100);
}

/** The state line's first words: mark aside, what happened and how long it took. */
export function stateSentence(run: Run, now = Date.now()): string {
  const seconds = secondsOf(run, now);
  const duration = seconds === null ? null : formatDuration(seconds);
  if (run.cancel_requested && run.status === 'running') {
    return trans.__('Canceling');
  }
  if (duration === null) {
    return statusText(run);
  }
  switch (run.status) {
    case 'succeeded':
      return trans.__('Succeeded in %1', duration);
    case 'failed':
      return run.reason && run.reason !== 'error'
        ? trans.__('Failed after %1: %2', duration, reasonWord(run.reason))
        : trans.__('Failed after %1', duration);
    case 'canceled':
      return trans.__('Canceled after %1', duration);
    case 'running':
      return trans.__('Running for %1', duration);
    default:
      return statusText(run);
  }
}

/** The last part of a tool's full name. */
export function shortName(tool: string): string {
  const at = tool.indexOf('.');
  return at < 0 ? tool : tool.slice(at + 1);
}

/** A name that keeps its beginning and its end. */
export function cutMiddle(text: string, length: number): string {
  if (text.length <= length) {
    return text;
  }
  const end = Math.floor((length - 1) / 2);
  return `${text.slice(0, length - 1 - end)}…${text.slice(text.length - end)}`;
}

/** What people call a worker, out of its host, process and name. */
export function workerName(id: string): string {
  return id.split(':').at(-1) ?? id;
}
