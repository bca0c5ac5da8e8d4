/** Runs as lists show them, out of pages that were fetched and events that came. */

import type { Run, RunStatus } from '../api/types';

const FINAL: readonly RunStatus[] = ['succeeded', 'failed', 'canceled', 'skipped'];

export function isFinal(status: RunStatus): boolean {
  return FINAL.includes(status);
}

/** Whether it has not begun, so that its values can still be changed. */
export function stillWaits(status: RunStatus): boolean {
  return status === 'queued' || status === 'waiting';
}

/** What is known of how far a run has come. */
type Stand = Pick<Run, 'attempt' | 'status'>;

/** Whether this was true before what is known: messages of several processes may overtake each other. */
export function isOld(known: Stand | null | undefined, event: Stand): boolean {
  if (!known) {
    return false;
  }
  // A final run that is queued again is tried once more; one that runs again in the same attempt cannot be.
  const hasEnded = isFinal(known.status) || known.status === 'waiting';
  return event.attempt < known.attempt || (event.attempt === known.attempt && event.status === 'running' && hasEnded);
}

/** How far each run has come that was heard of lately. */
export class LatestNews {
  private readonly _known = new Map<string, Stand>();

  constructor(private readonly _most = 2_000) {}

  /** Whether the run has come further than was known, or as far; it is known from then on. */
  take({ id, attempt, status }: Run): boolean {
    if (isOld(this._known.get(id), { attempt, status })) {
      return false;
    }
    this._known.delete(id);
    this._known.set(id, { attempt, status });
    if (this._known.size > this._most) {
      for (const oldest of this._known.keys()) {
        this._known.delete(oldest);
        break;
      }
    }
    return true;
  }
}

/** The run with what an event says of it. What an event leaves out, and was fetched, stays. */
export function mergeRun(known: Run | null, event: Run): Run {
  if (isOld(known, event)) {
    return known ?? event;
  }
  // A worker tells of the run as it was when it was claimed; what people changed since is known already.
  const newer = known && known.edits > event.edits ? editsOf(known) : {};
  const left = event.abridged && known && !known.abridged ? { params: known.params, artifacts: known.artifacts, abridged: false } : {};
  // Events do not tell it.
  const waits = known?.status === event.status && known.waits && !event.waits ? { waits: known.waits } : {};
  return { ...event, ...newer, ...left, ...waits, attempts: event.attempts ?? known?.attempts ?? null };
}

/** What people can change of a run. */
function editsOf(run: Run): Pick<Run, 'tags' | 'note' | 'params' | 'priority' | 'edits'> {
  const { tags, note, params, priority, edits } = run;
  return { tags, note, params, priority, edits };
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
