/** Runs that were made one from the other. */

import type { Run } from '../api/types';
import { mergeRuns } from './merge';

export interface Kin {
  /** The run that it was made from; null where there is none, or it is gone. */
  from: Run | null;
  /** Those that were made from it, the oldest first. */
  into: Run[];
}

export function kinOf(run: Pick<Run, 'id' | 'origin'>, chain: readonly Run[]): Kin {
  return {
    from: chain.find(({ id }) => id === run.origin) ?? null,
    into: chain.filter(({ origin }) => origin === run.id).reverse()
  };
}

/** The chain with what an event says; the chain itself where the run is none of it. */
export function joinChain(chain: readonly Run[], run: Run): readonly Run[] {
  const belongs = chain.some(({ id }) => id === run.id || id === run.origin);
  return belongs ? mergeRuns(chain, [run]) : chain;
}
