import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import type { ApiClient } from '../src/api/client';
import type { QueueView, Run, WorkerView } from '../src/api/types';
import type { EventsConnection } from '../src/models/events';
import { QueueModel } from '../src/models/queue';

vi.mock('@jupyterlab/services', () => ({ ServerConnection: { NetworkError: class extends Error {} } }));
vi.stubGlobal('window', globalThis);

const run = (number: number, status: string, more: Partial<Run> = {}): Run =>
  ({ id: `r${number}`, number, tool: 't', status, attempt: status === 'queued' || status === 'waiting' ? 0 : 1, edits: 0, params: {}, artifacts: [], ...more }) as unknown as Run;

interface Answers {
  queued: Run[];
  later: Run[];
  workers: WorkerView[];
}

const worker = (more: Partial<WorkerView> = {}): WorkerView => ({ id: 'w', name: 'w', state: 'idle', run: null, past: [], here: true, ...more }) as unknown as WorkerView;

function queueOf(answers: Answers): { model: QueueModel; tell: (run: Run) => void; answer: () => Promise<void> } {
  const sender = {};
  const runChanged = new Signal<object, Run>(sender);
  const events = { runChanged, queueChanged: new Signal(sender), gap: new Signal(sender), changed: new Signal(sender), state: 'live' };
  let go = (): void => undefined;
  const gate = new Promise<void>(done => (go = done));
  const view = (): QueueView =>
    ({
      items: answers.queued.map((queued, index) => ({ position: index + 1, run: queued })),
      total: answers.queued.length,
      waiting: answers.queued.length,
      later: answers.later.length,
      running: answers.workers.filter(each => each.run).length
    }) as unknown as QueueView;
  const client = {
    queue: async () => (await gate, view()),
    runs: () => Promise.resolve({ items: answers.later, next: null }),
    workers: () => Promise.resolve(answers.workers),
    health: () => Promise.resolve(null)
  };
  const model = new QueueModel(client as unknown as ApiClient, events as unknown as EventsConnection);
  return { model, tell: changed => runChanged.emit(changed), answer: async () => (go(), await vi.waitFor(() => expect(model.loaded).toBe(true))) };
}

const rows = (model: QueueModel): [number | undefined, number | undefined][] =>
  Array.from({ length: model.rowCount }, (_, index) => [model.row(index)?.position, (model.row(index)?.run ?? model.laterRow(index))?.number]);

describe('a run that begins', () => {
  it('stands with its worker alone, and those behind it come up', async () => {
    const { model, tell, answer } = queueOf({ queued: [run(1, 'queued'), run(2, 'queued'), run(3, 'queued')], later: [run(4, 'waiting')], workers: [worker()] });
    await answer();
    tell(run(2, 'running', { worker: 'w' }));
    expect(rows(model)).toEqual([[1, 1], [2, 3], [undefined, 4]]);
    expect([model.running, model.waitingOfAll, model.workers[0]?.run?.number]).toEqual([1, 3, 2]);
    tell(run(2, 'succeeded', { worker: 'w' }));
    expect([model.running, model.workers[0]?.run, model.workers[0]?.past.map(({ number }) => number)]).toEqual([0, null, [2]]);
    model.dispose();
  });

  it('between the answers of one look is in one of them only', async () => {
    const begun = run(1, 'running', { worker: 'w' });
    const { model, answer } = queueOf({ queued: [run(1, 'queued'), run(2, 'queued')], later: [run(2, 'waiting'), run(3, 'waiting')], workers: [worker({ run: begun, state: 'busy' })] });
    await answer();
    expect(rows(model)).toEqual([[1, 2], [undefined, 3]]);
    model.dispose();
  });

  it('while a look is under way is not taken for one that waits', async () => {
    const { model, tell, answer } = queueOf({ queued: [run(1, 'queued')], later: [], workers: [worker()] });
    tell(run(1, 'running', { worker: 'w' }));
    await answer();
    expect([rows(model), model.workers[0]?.run?.number, model.running]).toEqual([[], 1, 1]);
    model.dispose();
  });

  it('keeps what its worker was told, and has not begun where it is known to have ended', async () => {
    const { model, tell, answer } = queueOf({ queued: [], later: [], workers: [worker({ run: run(1, 'running'), state: 'draining' })] });
    await answer();
    tell(run(1, 'failed'));
    expect([model.workers[0]?.state, model.workers[0]?.run]).toEqual(['draining', null]);
    tell(run(1, 'running', { worker: 'w' }));
    expect(model.workers[0]?.run).toBeNull();
    model.dispose();
  });
});
