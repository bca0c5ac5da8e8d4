import { describe, expect, it } from 'vitest';

import type { Run } from '../src/api/types';
import { joinChain, kinOf } from '../src/logic/chain';

const run = (number: number, origin: number | null = null): Run =>
  ({ id: `r${number}`, number, origin: origin === null ? null : `r${origin}`, status: 'queued', attempt: 0, edits: 0 }) as unknown as Run;

describe('a chain of runs', () => {
  const chain = [run(9, 3), run(5, 3), run(3, 1), run(1)];

  it('says what a run was made from and what was made from it, in the order of time', () => {
    const { from, into } = kinOf(run(3, 1), chain);
    expect([from?.number, into.map(({ number }) => number)]).toEqual([1, [5, 9]]);
  });

  it('knows no origin that is gone', () => {
    expect(kinOf(run(4, 2), chain)).toEqual({ from: null, into: [] });
  });

  it('grows by what is made from one of its runs, and by nothing else', () => {
    expect(joinChain(chain, run(12, 5)).map(({ number }) => number)).toEqual([12, 9, 5, 3, 1]);
    expect(joinChain(chain, run(12, 11))).toBe(chain);
  });
});
