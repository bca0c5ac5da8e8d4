/** What becomes of a run when its machine dies, or when it fails, in words. */

import type { Delivery, Limits, Reason } from './api/types';
import { formatBytes, formatDuration, reasonWord } from './format';
import { trans } from './translation';

/** In one line. */
export function deliveryText(delivery: Delivery): string {
  return delivery === 'at_most_once'
    ? trans.__('If its machine fails, a run is not repeated by itself')
    : trans.__('If its machine fails, a run is repeated by itself');
}

/** What that means, and why. */
export function deliveryExplained(delivery: Delivery): string {
  switch (delivery) {
    case 'at_most_once':
      return trans.__('A run whose worker is lost may have done half of its work. It ends as failed, nothing of it is published, and Retry runs it again. (at_most_once)');
    case 'idempotent':
      return trans.__('The tool says that its work may be done twice: a run whose worker is lost is tried again. (idempotent)');
    case 'transactional':
      return trans.__('A run whose worker is lost is tried again, and only what the finished attempt leaves is published. (transactional)');
  }
}

/** Which failures are tried again; null where none is. */
export function retriedText(reasons: readonly Reason[], attempts: number): string | null {
  if (reasons.length === 0) {
    return attempts > 1 ? trans._n('%1 attempt at most.', '%1 attempts at most.', attempts) : null;
  }
  return trans._n('It is also tried again after: %2; %1 attempt at most.', 'It is also tried again after: %2; %1 attempts at most.', attempts, reasons.map(reasonWord).join(', '));
}

/** What the tool itself says a run may take; null where it says nothing. */
export function limitsText(limits: Limits): string | null {
  const said = [
    has(limits.time_limit) ? formatDuration(limits.time_limit) : null,
    has(limits.memory_limit) ? trans.__('%1 of memory', formatBytes(limits.memory_limit)) : null,
    has(limits.output_limit) ? trans.__('%1 of files', formatBytes(limits.output_limit)) : null,
    has(limits.process_limit) ? trans._n('%1 process', '%1 processes', limits.process_limit) : null,
    has(limits.open_files_limit) ? trans._n('%1 open file', '%1 open files', limits.open_files_limit) : null
  ].filter(each => each !== null);
  return said.length > 0 ? trans.__('A run that takes more is ended: %1.', said.join(', ')) : null;
}

function has(limit: number | null | undefined): limit is number {
  return limit !== null && limit !== undefined;
}
