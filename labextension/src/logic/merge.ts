/** Runs as lists show them, out of pages that were fetched and events that came. */

import type { Run, RunStatus } from '../api/types';

const FINAL: readonly RunStatus[] = ['succeeded', 'failed', 'canceled', 'skipped'];

export function isFinal(status: RunStatus): boolean {
  return FINAL.includes(status);
}

/** The run with what an event says of it. Events carry no attempts; what was fetched of them stays. */
export function mergeRun(known: Run | null, event: Run): Run {
  return { ...event, attempts: event.attempts ?? known?.attempts ?? null };
}

/** Whether the details of a run must be fetched again after this event. */
export function needsDetails(known: Run | null, event: Run): boolean {
  return (
    known === null ||
    known.attempt !== event.attempt ||
    known.status !== event.status ||
    (known.attempts ?? []).length < event.attempt
  );
}

/** Runs by number, the newest first, each once; of two the later one wins. */
export function mergeRuns(known: readonly Run[], fresh: readonly Run[]): Run[] {
  const byId = new Map(known.map(run => [run.id, run]));
  for (const run of fresh) {
    byId.set(run.id, mergeRun(byId.get(run.id) ?? null, run));
  }
  return [...byId.values()].sort((a, b) => b.number - a.number);
}
