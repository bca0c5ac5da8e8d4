/** Rules and due times in words of the page's language. */

import type { CatchUp, Firing, Rule, Schedule } from '../api/types';
import { formatNumber, timeFormat } from '../format';
import { daysBetween, localZone, readCron } from '../logic/schedules';
import { serverText } from '../serverText';
import { locale, trans } from '../translation';

const DAY = 86_400;

/** 2023-01-01 was a Sunday. */
export function weekday(day: number, style: 'long' | 'short'): string {
  return timeFormat({ weekday: style, timeZone: 'UTC' }).format(new Date(Date.UTC(2023, 0, 1 + day)));
}

/** "Every day at 03:00"; `words` are the server's, in English. */
export function ruleText(rule: Rule, words: string): string {
  if (rule.every !== null) {
    return trans.__('Every %1', spanText(rule.every));
  }
  if (rule.at !== null) {
    return trans.__('Once, %1', momentText(rule.at, rule.zone));
  }
  if (rule.after_run !== null) {
    const run = /^When run (#\d+)/.exec(words)?.[1] ?? rule.after_run;
    return afterText(run, rule.condition);
  }
  const known = readCron(rule.cron ?? '');
  switch (known?.when) {
    case 'hour':
      return trans.__('Every hour at minute %1', known.minute ?? '');
    case 'day':
      return trans.__('Every day at %1', known.time ?? '');
    case 'month':
      return trans.__('On day %1 of each month at %2', known.day ?? '', known.time ?? '');
    case 'week':
      return trans.__('%1 at %2', daysText(known.days ?? []), known.time ?? '');
    default:
      if (rule.cron?.trim() === '* * * * *') {
        return trans.__('Every minute');
      }
      return locale() === 'en' ? words.replace(/ \([^()]*\)$/, '') : trans.__('By the cron expression %1', rule.cron ?? '');
  }
}

function daysText(days: readonly number[]): string {
  if (days.join() === '1,2,3,4,5') {
    return trans.__('Monday to Friday');
  }
  const names = days.map(day => weekday(day, days.length === 1 ? 'long' : 'short'));
  return new Intl.ListFormat(locale(), { type: 'conjunction' }).format(names);
}

function afterText(run: string, condition: Rule['condition']): string {
  switch (condition) {
    case 'succeeded':
      return trans.__('When run %1 succeeds', run);
    case 'failed':
      return trans.__('When run %1 fails', run);
    default:
      return trans.__('When run %1 ends', run);
  }
}

/** "3 h 20 min". */
export function spanText(seconds: number, parts = 2): string {
  const sizes: [number, (amount: string) => string][] = [
    [DAY, amount => trans.__('%1 d', amount)],
    [3_600, amount => trans.__('%1 h', amount)],
    [60, amount => trans.__('%1 min', amount)],
    [1, amount => trans.__('%1 s', amount)]
  ];
  const found: string[] = [];
  let left = Math.max(0, Math.round(seconds));
  for (const [size, text] of sizes) {
    const amount = Math.floor(left / size);
    left -= amount * size;
    if (amount > 0 && found.length < parts) {
      found.push(text(formatNumber(amount)));
    }
  }
  return found.join(' ') || trans.__('%1 s', '0');
}

export function momentText(moment: string, zone: string): string {
  return timeFormat({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: zone }).format(new Date(moment));
}

/** "tomorrow, 03:00", by the clock of the rule's zone. */
export function dueText(moment: string, zone: string, now: number): string {
  const due = new Date(moment);
  const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', ...(due.getUTCSeconds() === 0 ? {} : { second: '2-digit' }), timeZone: zone };
  switch (daysBetween(now, due.getTime(), zone)) {
    case 0:
      return trans.__('today, %1', timeFormat(clock).format(due));
    case 1:
      return trans.__('tomorrow, %1', timeFormat(clock).format(due));
    default: {
      const year: Intl.DateTimeFormatOptions = due.getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' };
      return timeFormat({ weekday: 'short', day: 'numeric', month: 'short', ...year, ...clock }).format(due);
    }
  }
}

export function inText(moment: string, now: number): string {
  const left = (Date.parse(moment) - now) / 1000;
  if (left >= 2 * DAY) {
    return trans._p('time', 'in %1', spanText(left, 1));
  }
  return left < 1 ? trans.__('now') : trans._p('time', 'in %1', spanText(left));
}

/** Only where it is not the clock that hangs here. */
export function zoneText(zone: string): string {
  return zone === localZone() ? '' : zone;
}

export function stateText(schedule: Schedule): string {
  switch (schedule.state) {
    case 'paused':
      return trans.__('Paused');
    case 'ended':
      return trans.__('Ended');
    default:
      return trans.__('Active');
  }
}

export function catchUpText(catchUp: CatchUp): string {
  switch (catchUp) {
    case 'skip':
      return trans.__('Run none of them');
    case 'one':
      return trans.__('Run once for all of them');
    case 'all':
      return trans.__('Run each of them');
  }
}

/** Why there is no run of a due time. */
export function outcomeText(firing: Firing): string {
  if (firing.problem) {
    return trans.__('Not run: %1', serverText(firing.problem));
  }
  return trans.__('Skipped: its time had passed');
}

export function missedText(firing: Firing): string {
  const missed = firing.missed;
  return missed > 0 ? trans._n('%2 earlier time passed without a run', '%2 earlier times passed without a run', missed, formatNumber(missed)) : '';
}
