/** How long runs take, and how many there are, in words. */

import type { Batch, Forecast, RunStatus } from '../api/types';
import { formatNumber, statusWord } from '../format';
import { trans } from '../translation';

export function runsText(runs: number): string {
  return trans._n('%2 run', '%2 runs', runs, formatNumber(runs));
}

/** What the numbers of rows count, which a spreadsheet counts otherwise. */
export function rowExplained(): string {
  return trans.__('Of the data: row 1 is the first below the names of the columns');
}

/** Runs of a tool without which nothing is said. */
const LEAST = 5;

/** Such as “about 12 min (8–20)”. */
function rangeText({ low, middle, high }: NonNullable<Forecast['whole']>): string {
  const unit = middle < 90 ? 1 : middle < 5_400 ? 60 : 3_600;
  const digits = unit === 3_600 || (unit === 1 && high < 9.95) ? 10 : 1;
  const said = (seconds: number): string => formatNumber(Math.round((seconds / unit) * digits) / digits);
  const numbers = [said(middle), said(low), said(high)] as const;
  switch (unit) {
    case 1:
      return trans.__('about %1 s (%2–%3)', ...numbers);
    case 60:
      return trans.__('about %1 min (%2–%3)', ...numbers);
    default:
      return trans.__('about %1 h (%2–%3)', ...numbers);
  }
}

/** Seconds of waiting that are worth a word. */
const LONG_WAIT = 5;

/** How long one run takes once it has begun, and how long it waits before where that is long. */
export function oneText({ one, start }: Forecast): string {
  if (!one) {
    return '';
  }
  return start && start.middle >= LONG_WAIT ? trans.__('%1, begins in %2', rangeText(one), rangeText(start)) : rangeText(one);
}

/** Where that comes from. */
export function oneSource(forecast: Forecast): string {
  return learntText(forecast, trans._n('Learnt from %1 run of the tool; one of five runs ends outside of that range.', 'Learnt from %1 runs of the tool; one of five runs ends outside of that range.', forecast.learnt_from));
}

/** Such as “about 12 min (8–20) on 2 workers”; why nothing is said where that is so. */
export function forecastText(forecast: Forecast): string {
  const { whole, workers, learnt_from: learnt } = forecast;
  if (whole) {
    return trans.__('%1 on %2', rangeText(whole), trans._n('%1 worker', '%1 workers', workers));
  }
  if (learnt === 0) {
    return trans.__('how long is not known: the tool has not run yet');
  }
  if (workers === 0) {
    return trans.__('no worker is up');
  }
  if (forecast.why_not === 'the queue') {
    return trans.__('how long is not known: the queue is held, or of what goes before too little is known');
  }
  return learnt < LEAST ? trans.__('how long is not known: it has run only %1', trans._n('%1 time', '%1 times', learnt)) : trans.__('how long is not known: it has not run with such values yet');
}

/** Where the forecast comes from. */
export function sourceText(forecast: Forecast): string {
  if (!forecast.whole) {
    return '';
  }
  return learntText(forecast, trans._n('Learnt from %1 run of the tool; one of five batches ends outside of that range.', 'Learnt from %1 runs of the tool; one of five batches ends outside of that range.', forecast.learnt_from));
}

function learntText(forecast: Forecast, learnt: string): string {
  const by = forecast.field === null ? '' : ` ${trans.__('It depends most on %1.', forecast.field)}`;
  return forecast.of_version ? learnt + by : `${learnt}${by} ${trans.__('They are of other versions of it.')}`;
}

const ORDER: readonly RunStatus[] = ['succeeded', 'failed', 'canceled', 'skipped', 'running', 'waiting', 'queued'];

/** How many there are of each status, in the order of the bar. */
export function countsOf(batch: Batch): { status: RunStatus; runs: number }[] {
  return ORDER.flatMap(status => {
    const runs = batch.by_status[status] ?? 0;
    return runs > 0 ? [{ status, runs }] : [];
  });
}

export function countsText(batch: Batch): string {
  return countsOf(batch)
    .map(({ status, runs }) => `${formatNumber(runs)} ${statusWord(status).toLocaleLowerCase()}`)
    .join(', ');
}

export function countOf(batch: Batch, ...statuses: RunStatus[]): number {
  return statuses.reduce((sum, status) => sum + (batch.by_status[status] ?? 0), 0);
}
