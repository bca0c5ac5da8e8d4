/** What becomes of a run when its machine dies, or when it fails, in words. */

import type { Delivery, Reason } from './api/types';
import { reasonWord } from './format';
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
