/** How long a run will take yet, by how far it came and when. */

import type { Progress } from '../api/types';

/** Share of the whole below which nothing can be said. */
const LEAST_SHARE = 0.05;
/** A progress stands still that takes so many times as long as one step took until then, and this long at least. */
const STEPS = 3;
const STILL_SECONDS = 30;

/** `seconds`: since the run began. Null where nobody can say, as of one whose progress stands still. */
export function secondsLeft(progress: Progress, seconds: number): number | null {
  const share = progress.total ? progress.done / progress.total : 0;
  if (!(share > LEAST_SHARE && share < 1)) {
    return null;
  }
  // It was so far then; since then it only took longer.
  const reached = Math.min(progress.reached ?? seconds, seconds);
  const since = seconds - reached;
  const step = reached / Math.max(1, progress.done);
  const left = (reached * (1 - share)) / share - since;
  return left > 0 && since <= Math.max(STILL_SECONDS, STEPS * step) ? left : null;
}
