/** In what a run differs from an earlier one, in words. */

import type { Run } from '../api/types';
import { formatDuration, formatNumber, secondsOf, statusText } from '../format';
import { showValue } from '../logic/json';
import { differenceOf, type Difference } from '../logic/runDifference';
import { trans } from '../translation';

const SHOWN = 3;
const LONGEST = 40;

/** Each difference in a few words; one that says so where there is none. */
export function comparison(before: Run, after: Run, secrets: ReadonlySet<string>): string[] {
  const found = differenceOf(before, after, secrets);
  const words = found.params.slice(0, SHOWN).map(changeText);
  if (found.params.length > SHOWN) {
    const more = found.params.length - SHOWN;
    words.push(trans._n('%2 more value', '%2 more values', more, formatNumber(more)));
  }
  if (words.length === 0) {
    words.push(trans.__('the same values'));
  }
  if (found.version) {
    words.push(trans.__('the tool was changed'));
  }
  words.push(...found.environment.slice(0, SHOWN).map(changeText));
  if (found.packages.length > 0) {
    words.push(trans._n('%1 package differs', '%1 packages differ', found.packages.length));
  }
  const outcome = outcomeText(before, after);
  return outcome === null ? words : [...words, outcome];
}

export function changeText({ name, before, after, secret }: Difference): string {
  return secret ? trans.__('%1: changed', name) : trans.__('%1 %2 → %3', name, valueText(before), valueText(after));
}

function valueText(value: unknown): string {
  if (value === undefined) {
    return trans.__('nothing');
  }
  const text = value === '' ? '“”' : showValue(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function outcomeText(before: Run, after: Run): string | null {
  if (after.finished_at === null) {
    return null;
  }
  if (before.status !== after.status) {
    return trans.__('that one: %1', statusText(before));
  }
  const [one, other] = [secondsOf(before), secondsOf(after)];
  if (one === null || other === null || Math.abs(one - other) < 0.5 || Math.abs(one - other) < 0.1 * one) {
    return null;
  }
  return trans.__('took %1 instead of %2', formatDuration(other), formatDuration(one));
}
