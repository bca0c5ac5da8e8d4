import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import { ApiError, OfflineError, type ApiClient, type RunFilter } from '../src/api/client';
import type { Run, Tool } from '../src/api/types';
import { fits } from '../src/logic/accepts';
import { referencedRuns } from '../src/logic/reference';
import { asCommand, asPython, asRequest } from '../src/logic/snippets';
import type { EventsConnection } from '../src/models/events';
import { FormModel } from '../src/models/form';
import { KnownRuns } from '../src/models/knownRuns';
import type { UploadsModel } from '../src/models/uploads';

vi.mock('@jupyterlab/services', () => ({ ServerConnection: { NetworkError: class extends Error {} } }));
vi.stubGlobal('window', globalThis);

const run = (number: number, status: string, names: string[] = []): Run =>
  ({ id: `r${number}`, number, tool: 't', status, attempt: 1, edits: 0, params: {}, artifacts: names.map(name => ({ name, media_type: 'text/csv' })) }) as unknown as Run;

const tool = { name: 't', version: '1', params_schema: { type: 'object', properties: { table: { type: 'string', format: 'path' } } } } as unknown as Tool;

function window(): { events: EventsConnection; uploads: UploadsModel; tell: (run: Run) => void; connect: () => void } {
  const sender = {};
  const runChanged = new Signal<object, Run>(sender);
  const changed = new Signal<object, void>(sender);
  const events = { runChanged, presetsChanged: new Signal(sender), gap: new Signal(sender), changed, state: 'live' };
  return {
    events: events as unknown as EventsConnection,
    uploads: { changed: new Signal(sender), tasks: [] } as unknown as UploadsModel,
    tell: told => runChanged.emit(told),
    connect: () => changed.emit()
  };
}

const refusal = (status: number): ApiError => new ApiError(status, { message: 'no' } as ApiError['detail']);

describe('a form whose run shall wait for others', () => {
  const asked: { key: string; how: unknown }[] = [];
  const client = {
    submit: (_name: string, _params: unknown, key: string, how: unknown) => {
      asked.push({ key, how });
      return Promise.reject(new Error('not now'));
    }
  } as unknown as ApiClient;

  it('sends which, and when it starts', async () => {
    const { events, uploads, tell } = window();
    const form = new FormModel(tool, client, events, uploads, () => undefined);
    await form.submit();
    form.after.begin();
    form.after.add(run(7, 'running'));
    form.after.add(run(8, 'queued'));
    form.after.add(run(7, 'running'));
    form.after.setRule('any_failed');
    await form.submit();
    form.after.remove('r7');
    await form.submit();
    form.after.clear();
    await form.submit();
    expect(asked.map(({ how }) => how)).toEqual([
      { origin: null, priority: 'default' },
      { origin: null, priority: 'default', after: ['r7', 'r8'], rule: 'any_failed' },
      { origin: null, priority: 'default', after: ['r8'], rule: 'any_failed' },
      { origin: null, priority: 'default' }
    ]);
    // The same key with another request would be refused.
    expect(new Set(asked.map(({ key }) => key)).size).toBe(4);
    form.after.add(run(9, 'running'));
    tell(run(9, 'failed'));
    expect(form.after.runs.map(({ status }) => status)).toEqual(['failed']);
  });

  it('is the same request however far those have come, so that it cannot be made twice', async () => {
    const { events, uploads, tell } = window();
    const form = new FormModel(tool, client, events, uploads, () => undefined);
    const drawn = vi.fn();
    form.changed.connect(drawn);
    asked.length = 0;
    form.after.begin();
    form.after.add(run(12, 'running'));
    await form.submit();
    drawn.mockClear();
    tell({ ...run(12, 'running'), progress: { done: 3, reached: null, text: '', total: 10 } });
    expect(form.failure?.message).toBe('not now');
    expect(drawn).toHaveBeenCalled();
    await form.submit();
    form.after.add(run(12, 'running'));
    form.after.setRule('all_succeeded');
    await form.submit();
    expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
    form.after.add(run(13, 'running'));
    expect(form.failure).toBeNull();
    await form.submit();
    expect(new Set(asked.map(({ key }) => key)).size).toBe(2);
  });

  it('forgets when it starts with the last of them', async () => {
    const { events, uploads } = window();
    const form = new FormModel(tool, client, events, uploads, () => undefined);
    asked.length = 0;
    form.after.begin();
    form.after.add(run(7, 'running'));
    form.after.add(run(8, 'running'));
    form.after.setRule('any_failed');
    form.after.remove('r7');
    expect(form.after.rule).toBe('any_failed');
    form.after.remove('r8');
    expect(form.after.rule).toBe('all_succeeded');
    await form.submit();
    expect(asked[0]?.how).toEqual({ origin: null, priority: 'default' });
  });

  it('is copied with them', () => {
    const call = { tool: 't', params: { n: 1 }, awaits: { runs: ['7', '8'], rule: 'any_ended' } };
    expect(asCommand(call)).toBe('jupyter toolrunner run t --after 7 --after 8 --after-rule any_ended -p n=1');
    expect(asPython(call)).toContain('.submit("t", params={"n": 1}, after=[7, 8], after_rule="any_ended")');
    expect(asRequest(call, 'http://h/runs')).toContain('"after":["7","8"],"rule":"any_ended"');
  });
});

describe('the runs that a form names', () => {
  it('are found in lists and objects, each once', () => {
    const reference = { run: 'a', output: 'x.csv' };
    expect(referencedRuns({ one: reference, many: [reference, { run: 'b', result: '' }], other: { run: 'c' } })).toEqual(['a', 'b']);
  });

  it('are offered by number also where no word of theirs is meant', async () => {
    const looked: RunFilter[] = [];
    const client = {
      runs: (filter: RunFilter) => (looked.push(filter), Promise.resolve({ items: [run(3, 'running')], next: null })),
      run: (id: string) => (id === '7' ? Promise.resolve(run(7, 'queued')) : Promise.reject(new Error('none')))
    };
    const known = new KnownRuns(client, window().events);
    expect((await known.underWay('')).map(({ number }) => number)).toEqual([3]);
    expect((await known.underWay('#7')).map(({ number }) => number)).toEqual([7]);
    expect(await known.underWay('#8')).toEqual([]);
    expect((await known.ended('7')).map(({ number }) => number)).toEqual([3]);
    expect(looked.map(({ q }) => q)).toEqual([undefined, undefined, undefined, '7']);
  });

  it('are missing only where the server says so, and asked for again where it could not', async () => {
    const { events, connect } = window();
    const answers: Record<string, Error | Run> = { r1: new OfflineError(), r2: refusal(500), r3: refusal(403), r4: refusal(404) };
    const asked: string[] = [];
    const client = { run: (id: string) => (asked.push(id), answers[id] instanceof Error ? Promise.reject(answers[id]) : Promise.resolve(answers[id])) };
    const known = new KnownRuns(client as unknown as ApiClient, events);
    const look = (): unknown[] => ['r1', 'r2', 'r3', 'r4'].map(id => known.find(id)?.number ?? known.find(id));
    look();
    await vi.waitFor(() => expect(known.find('r4')).toBeNull());
    answers.r1 = run(1, 'running');
    answers.r2 = run(2, 'running');
    answers.r3 = run(3, 'running');
    const drawn = vi.fn(look);
    known.changed.connect(drawn);
    connect();
    expect(drawn).toHaveBeenCalledTimes(1);
    await vi.waitFor(() => expect(look()).toEqual([1, 2, 3, null]));
    expect(asked.filter(id => id === 'r4')).toHaveLength(1);
    drawn.mockClear();
    connect();
    expect(drawn).not.toHaveBeenCalled();
  });

  it('will leave what the last one of the tool did, beside what they left already', async () => {
    const all: Record<string, Run> = { r1: run(1, 'succeeded', ['b.csv', 'a.csv']), r2: run(2, 'running', ['log.txt']) };
    const client = { runs: () => Promise.resolve({ items: [all.r1], next: null }), run: (id: string) => Promise.resolve(all[id]) };
    const known = new KnownRuns(client as unknown as ApiClient, window().events);
    expect((await known.outputsOf(run(2, 'running'))).map(({ name }) => name)).toEqual(['a.csv', 'b.csv', 'log.txt']);
  });

  it('leave files of which some fit', () => {
    const file = { name: 'A.CSV', media_type: 'text/csv' };
    expect([['.csv'], ['text/*'], ['text/csv'], ['*/*'], [], ['.png'], ['image/*'], ['text/plain']].map(accepts => fits(file, accepts))).toEqual([true, true, true, true, true, false, false, false]);
  });
});
