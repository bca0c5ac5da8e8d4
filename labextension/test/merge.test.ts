import { describe, expect, it } from 'vitest';

import type { Attempt, Run } from '../src/api/types';
import { LatestNews, mergeRun, mergeRuns, needsDetails } from '../src/logic/merge';

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
    attempts_left: 0,
    ready_at: null,
    cancel_requested: false,
    created_at: '2026-11-22T10:00:00Z',
    started_at: null,
    finished_at: null,
    tags: [],
    note: null,
    origin: null,
    chain: null,
    after: null,
    awaited: false,
    edits: 0,
    reuse: null,
    reused: null,
    artifacts: [],
    attempts: null,
    waits: null,
    abridged: false,
    ...more
  };
}

const ATTEMPT = { number: 1, status: 'running', worker: 'w', started_at: '2026-11-22T10:00:01Z' } as Attempt;

describe('runs in a list', () => {
  it('does not run again in an attempt that failed and waits for the next one', () => {
    const waiting = run(1, { status: 'waiting', attempt: 1, reason: 'error' });
    expect(mergeRun(waiting, run(1, { status: 'running', attempt: 1 })).status).toBe('waiting');
    expect(mergeRun(waiting, run(1, { status: 'running', attempt: 2 })).status).toBe('running');
    expect(mergeRun(waiting, run(1, { status: 'queued', attempt: 1 })).status).toBe('queued');
  });

  it('stand once each, the newest first, and the later news wins', () => {
    const merged = mergeRuns([run(2), run(1)], [run(3), run(2, { status: 'running' })]);
    expect(merged.map(({ number, status }) => [number, status])).toEqual([
      [3, 'queued'],
      [2, 'running'],
      [1, 'queued']
    ]);
  });
});

describe('what people changed of a run', () => {
  it('is not undone by a worker that tells of the run as it was before', () => {
    const tagged = run(1, { status: 'running', attempt: 1, tags: ['good'], note: 'Kept.', edits: 1 });
    const ended = mergeRun(tagged, run(1, { status: 'succeeded', attempt: 1 }));
    expect([ended.status, ended.tags, ended.note, ended.edits]).toEqual(['succeeded', ['good'], 'Kept.', 1]);
    expect(mergeRun(tagged, run(1, { status: 'running', attempt: 1, edits: 2 })).tags).toEqual([]);
  });
});

describe('old news', () => {
  const done = run(1, { status: 'succeeded', attempt: 1 });

  it('of an earlier attempt, or of a time before the end, changes nothing', () => {
    expect(mergeRun(done, run(1)).status).toBe('succeeded');
    expect(mergeRun(done, run(1, { status: 'running', attempt: 1 })).status).toBe('succeeded');
  });

  it('is not a retry', () => {
    expect(mergeRun(run(1, { status: 'failed', attempt: 1 }), run(1, { attempt: 1 })).status).toBe('queued');
    expect(mergeRun(done, run(1, { status: 'running', attempt: 2 })).status).toBe('running');
  });

  it('is told from news, for as many runs as one may meet', () => {
    const news = new LatestNews(2);
    expect([done, run(1), run(2), run(3)].map(one => news.take(one))).toEqual([true, false, true, true]);
    expect(news.take(run(1))).toBe(true);
  });
});

describe('an abridged event', () => {
  it('keeps the params and artifacts that are known', () => {
    const known = run(1, { params: { text: 'long' } });
    const merged = mergeRun(known, run(1, { status: 'running', attempt: 1, abridged: true }));
    expect([merged.params, merged.status, merged.abridged]).toEqual([{ text: 'long' }, 'running', false]);
  });
});

describe('an event', () => {
  it('keeps the attempts that were fetched', () => {
    expect(mergeRun(run(1, { attempts: [ATTEMPT] }), run(1, { status: 'running' })).attempts).toEqual([ATTEMPT]);
  });

  it('asks for details when the state or the attempt changed, not for each step of progress', () => {
    const known = run(1, { status: 'running', attempt: 1, attempts: [ATTEMPT] });
    expect(needsDetails(known, { ...known, attempts: null, progress: { done: 1, reached: null, total: 2, text: '' } })).toBe(false);
    expect(needsDetails(known, { ...known, attempts: null, status: 'failed' })).toBe(true);
    expect(needsDetails(known, { ...known, attempts: null, attempt: 2 })).toBe(true);
    expect(needsDetails(null, known)).toBe(true);
  });
});
