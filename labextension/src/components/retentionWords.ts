/** Rules and what they free, in words. */

import type { Cleaning, Keep } from '../api/types';
import { formatBytes, formatDuration, formatNumber } from '../format';
import { trans } from '../translation';

/** One sentence for each bound; none where it stays for ever. */
export function boundsOf(keep: Keep): string[] {
  const { days, runs, size } = keep;
  return [
    ...(typeof days === 'number' ? [daysText(days)] : []),
    ...(typeof runs === 'number' ? [trans._n('of the newest %2 run of each tool', 'of the newest %2 runs of each tool', runs, formatNumber(runs))] : []),
    ...(typeof size === 'number' ? [trans.__('up to %1 together; the oldest go first', formatBytes(size))] : [])
  ];
}

function daysText(days: number): string {
  return days < 1
    ? trans.__('%1 after the end of the run', formatDuration(days * 86_400))
    : trans._n('%2 day after the end of the run', '%2 days after the end of the run', days, formatNumber(days));
}

/** "12 logs, 3 artifacts"; empty for nothing. */
export function whatText({ logs, artifacts }: Cleaning): string {
  return [
    ...(logs > 0 ? [trans._n('%2 log', '%2 logs', logs, formatNumber(logs))] : []),
    ...(artifacts > 0 ? [trans._n('%2 artifact', '%2 artifacts', artifacts, formatNumber(artifacts))] : [])
  ].join(', ');
}

/** Whom or what a rule leaves alone: `tool:NAME`, `owner:NAME`. */
export function exceptionText(exception: string): string {
  const at = exception.indexOf(':');
  const name = exception.slice(at + 1);
  return exception.startsWith('tool:') ? trans.__('everything of the tool %1', name) : trans.__('everything of the user %1', name);
}
