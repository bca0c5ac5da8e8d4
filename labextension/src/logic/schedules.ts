/** When a tool is run by itself: what a person chooses, as a rule, and back. */

import type { RuleRequest, Rule } from '../api/types';

export type When = 'day' | 'week' | 'month' | 'hour' | 'interval' | 'cron' | 'once' | 'run';
export type Unit = 'minutes' | 'hours' | 'days';

/** All that the dialog asks for; which of it counts depends on `when`. */
export interface Timing {
  when: When;
  /** `03:00` */
  time: string;
  /** 0 is Sunday. */
  days: readonly number[];
  /** Of the month. */
  day: string;
  minute: string;
  amount: string;
  unit: Unit;
  cron: string;
  /** `2030-12-24T18:00` */
  at: string;
  run: string;
  condition: Rule['condition'];
  zone: string;
}

const SECONDS: Record<Unit, number> = { minutes: 60, hours: 3600, days: 86_400 };

export function defaultTiming(zone: string): Timing {
  return { when: 'day', time: '03:00', days: [1, 2, 3, 4, 5], day: '1', minute: '0', amount: '15', unit: 'minutes', cron: '0 3 * * 1-5', at: '', run: '', condition: 'ended', zone };
}

/** The rule as the server takes it; null where something is missing. */
export function ruleOf(timing: Timing): RuleRequest | null {
  const rule: RuleRequest = { cron: null, every: null, at: null, after_run: null, start: null, condition: timing.condition, zone: timing.zone };
  const [hour, minute] = timing.time.split(':').map(Number);
  const clock = hour === undefined || minute === undefined || timing.time === '' ? null : `${minute} ${hour}`;
  const whole = (text: string, least: number, most: number): number | null => {
    const value = /^\d{1,6}$/.test(text.trim()) ? Number(text) : NaN;
    return value >= least && value <= most ? value : null;
  };
  switch (timing.when) {
    case 'day':
      return clock === null ? null : { ...rule, cron: `${clock} * * *` };
    case 'week':
      return clock !== null && timing.days.length > 0 ? { ...rule, cron: `${clock} * * ${[...timing.days].sort().join(',')}` } : null;
    case 'month': {
      const day = whole(timing.day, 1, 31);
      return clock !== null && day !== null ? { ...rule, cron: `${clock} ${day} * *` } : null;
    }
    case 'hour': {
      const at = whole(timing.minute, 0, 59);
      return at === null ? null : { ...rule, cron: `${at} * * * *` };
    }
    case 'interval': {
      const amount = whole(timing.amount, 1, 999_999);
      return amount === null ? null : { ...rule, every: amount * SECONDS[timing.unit] };
    }
    case 'cron':
      return timing.cron.trim() === '' ? null : { ...rule, cron: timing.cron };
    case 'once':
      return timing.at === '' ? null : { ...rule, at: timing.at };
    case 'run':
      return timing.run.trim() === '' ? null : { ...rule, after_run: timing.run.trim().replace(/^#/, '') };
  }
}

/** What the dialog shows of a rule. */
export function timingOf(rule: Rule): Timing {
  const timing = defaultTiming(rule.zone);
  if (rule.every !== null) {
    const unit = (['days', 'hours', 'minutes'] as const).find(each => (rule.every ?? 1) % SECONDS[each] === 0);
    return unit ? { ...timing, when: 'interval', amount: String(rule.every / SECONDS[unit]), unit } : { ...timing, when: 'interval', amount: '' };
  }
  if (rule.at !== null) {
    return { ...timing, when: 'once', at: clockIn(rule.at, rule.zone) };
  }
  if (rule.after_run !== null) {
    return { ...timing, when: 'run', run: rule.after_run, condition: rule.condition };
  }
  const cron = rule.cron ?? '';
  const known = readCron(cron);
  return { ...timing, cron, ...(known ?? { when: 'cron' }) };
}

type Known = Pick<Timing, 'when'> & Partial<Timing>;

/** A cron expression of the few kinds that have words of their own. */
export function readCron(cron: string): Known | null {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.split(' ');
  if (!/^\d+$/.test(minute) || month !== '*') {
    return null;
  }
  if (hour === '*' && day === '*' && weekday === '*') {
    return { when: 'hour', minute };
  }
  if (!/^\d+$/.test(hour)) {
    return null;
  }
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (day === '*' && weekday === '*') {
    return { when: 'day', time };
  }
  if (/^\d+$/.test(day) && weekday === '*') {
    return { when: 'month', time, day };
  }
  const days = day === '*' ? readDays(weekday) : null;
  return days && { when: 'week', time, days };
}

function readDays(text: string): number[] | null {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const range = /^([0-7])(?:-([0-7]))?$/.exec(part);
    if (!range) {
      return null;
    }
    for (let day = Number(range[1]); day <= Number(range[2] ?? range[1]); day += 1) {
      found.add(day % 7);
    }
  }
  return [...found].sort();
}

/** A moment as a clock of that zone shows it, for a field. */
export function clockIn(moment: string, zone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(moment));
  return parts.replace(' ', 'T');
}

/** How many days lie between two moments by the clock of a zone. */
export function daysBetween(from: number, to: number, zone: string): number {
  const date = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
  return Math.round((Date.parse(date.format(to)) - Date.parse(date.format(from))) / 86_400_000);
}

export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
