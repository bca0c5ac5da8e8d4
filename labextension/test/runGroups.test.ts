import { describe, expect, it, vi } from 'vitest';

import type { ApiClient } from '../src/api/client';
import type { Run, RunGroup } from '../src/api/types';
import { RunGroups } from '../src/models/runGroups';

vi.mock('@jupyterlab/services', () => ({ ServerConnection: { NetworkError: class extends Error {} } }));

const run = (number: number, more: Partial<Run> = {}): Run =>
  ({ id: `r${number}`, number, tool: 't', status: 'queued', attempt: 0, artifacts: [], tags: [], edits: 0, params: {}, ...more }) as unknown as Run;

const group = (key: string, first: number, newest: number, runs: number): RunGroup =>
  ({ key, runs, first, newest: run(newest), by_status: { queued: runs }, last: '2026-11-01T12:00:00Z' });

const settled = (): Promise<void> => new Promise(done => setTimeout(done));

/** A server that has these groups, and answers with these runs; what it was asked. */
function server(groups: RunGroup[], runs: Run[]): { client: Pick<ApiClient, 'runs' | 'groups'>; asked: unknown[]; groups: RunGroup[]; runs: Run[]; away: boolean } {
  const state = { groups, runs, asked: [] as unknown[], away: false };
  const client = {
    groups: async (filter: unknown) => (state.asked.push(filter), state.away ? Promise.reject(new Error('away')) : Promise.resolve(structuredClone(state.groups))),
    runs: async (filter: unknown) => (state.asked.push(filter), state.away ? Promise.reject(new Error('away')) : Promise.resolve({ items: [...state.runs], next: null }))
  };
  return Object.assign(state, { client: client });
}

const shape = (groups: RunGroups): string[] =>
  groups.rows.map(row => (row.kind === 'group' ? `${row.open ? '▾' : '▸'} ${row.group.key} ${row.group.runs}` : `${'·'.repeat(row.depth)}#${row.run?.number ?? ''}`));

describe('groups of the history', () => {
  it('show a run that nothing was made from as what it is, and a chain as one row that opens', async () => {
    const { client, asked } = server([group('r1', 1, 5, 2), group('r4', 4, 4, 1)], [run(5, { chain: 'r1' }), run(1)]);
    const groups = new RunGroups(client, 'chain', { owner: 'anna' }, '-number', () => undefined);
    await groups.refresh();
    expect(shape(groups)).toEqual(['▸ r1 2', '#4']);
    groups.toggle('r1');
    expect(shape(groups)).toEqual(['▾ r1 2', '·#', '#4']);
    await settled();
    expect(shape(groups)).toEqual(['▾ r1 2', '·#5', '·#1', '#4']);
    expect(asked.at(-1)).toMatchObject({ owner: 'anna', chain: 'r1', sort: '-number' });
    groups.toggle('r1');
    expect(shape(groups)).toEqual(['▸ r1 2', '#4']);
  });

  it('take what is said of a run to wherever it is shown', async () => {
    const { client } = server([group('r1', 1, 5, 2), group('r4', 4, 4, 1)], [run(5), run(1)]);
    const groups = new RunGroups(client, 'chain', {}, '-number', () => undefined);
    await groups.refresh();
    expect(groups.take(run(4, { status: 'running', attempt: 1 }))).toBe(true);
    expect(groups.rows[1]).toMatchObject({ run: { status: 'running' } });
    expect(groups.take(run(1, { status: 'running', attempt: 1 }))).toBe(false);
    groups.toggle('r1');
    await settled();
    expect(groups.take(run(1, { status: 'running', attempt: 1 }))).toBe(true);
  });

  it('count again where they stand while somebody looks further down, and fetch the runs of an open one that grew', async () => {
    const at = server([group('r1', 1, 5, 2), group('r4', 4, 4, 1)], [run(5), run(1)]);
    const groups = new RunGroups(at.client, 'chain', {}, '-number', () => undefined);
    await groups.refresh();
    groups.toggle('r1');
    await settled();
    at.groups = [group('r7', 7, 7, 1), group('r4', 4, 8, 2), group('r1', 1, 9, 3)];
    at.runs = [run(9), run(5), run(1)];
    await groups.refresh(true);
    await settled();
    expect(shape(groups)).toEqual(['▾ r1 3', '·#9', '·#5', '·#1', '▸ r4 2']);
    await groups.refresh();
    expect(shape(groups)).toEqual(['#7', '▸ r4 2', '▾ r1 3', '·#9', '·#5', '·#1']);
  });

  it('say that the runs of a group could not be fetched', async () => {
    const at = server([group('r1', 1, 5, 2)], [run(5), run(1)]);
    const groups = new RunGroups(at.client, 'chain', {}, '-number', () => undefined);
    await groups.refresh();
    at.away = true;
    groups.toggle('r1');
    await settled();
    expect(groups.failure?.message).toContain('away');
    at.away = false;
    await groups.refresh();
    await settled();
    expect(groups.failure).toBeNull();
    expect(shape(groups)).toEqual(['▾ r1 2', '·#5', '·#1']);
  });

  it('lead to a view of their own', () => {
    const { client } = server([], []);
    const of = (by: 'tool' | 'owner' | 'status' | 'chain' | 'day', key: string): unknown => new RunGroups(client, by, {}, '', () => undefined).viewOf(key);
    expect(of('chain', 'r1')).toEqual({ chains: ['r1'] });
    expect(of('tool', 'box.a')).toEqual({ tools: ['box.a'] });
    expect(of('status', 'failed')).toEqual({ statuses: ['failed'] });
    expect(of('day', '2026-11-01')).toMatchObject({ period: '', from: new Date('2026-11-01T00:00').toISOString() });
  });
});
