import { describe, expect, it } from 'vitest';

import type { Attempt, Run } from '../src/api/types';
import { mergeRun, mergeRuns, needsDetails } from '../src/logic/merge';

function run(number: number, more: Partial<Run> = {}): Run {
  return {
    id: `id-${number}`,
    number,
    tool: 'box.tool',
    version: 'v',
    params: {},
    status: 'queued',
    reason: null,
    error: null,
    progress: null,
    owner: 'me',
    priority: 'default',
    delivery: 'at_most_once',
    attempt: 0,
    worker: null,
    cancel_requested: false,
    created_at: '2026-11-22T10:00:00Z',
    started_at: null,
    finished_at: null,
    artifacts: [],
    attempts: null,
    abridged: false,
    ...more
  };
}

const ATTEMPT = { number: 1, status: 'running', worker: 'w', started_at: '2026-11-22T10:00:01Z' } as Attempt;

describe('runs in a list', () => {
  it('stand once each, the newest first, and the later news wins', () => {
    const merged = mergeRuns([run(2), run(1)], [run(3), run(2, { status: 'running' })]);
    expect(merged.map(({ number, status }) => [number, status])).toEqual([
      [3, 'queued'],
      [2, 'running'],
      [1, 'queued']
    ]);
  });
});

describe('an event', () => {
  it('keeps the attempts that were fetched', () => {
    expect(mergeRun(run(1, { attempts: [ATTEMPT] }), run(1, { status: 'running' })).attempts).toEqual([ATTEMPT]);
  });

  it('asks for details when the state or the attempt changed, not for each step of progress', () => {
    const known = run(1, { status: 'running', attempt: 1, attempts: [ATTEMPT] });
    expect(needsDetails(known, { ...known, attempts: null, progress: { done: 1, total: 2, text: '' } })).toBe(false);
    expect(needsDetails(known, { ...known, attempts: null, status: 'failed' })).toBe(true);
    expect(needsDetails(known, { ...known, attempts: null, attempt: 2 })).toBe(true);
    expect(needsDetails(null, known)).toBe(true);
  });
});
