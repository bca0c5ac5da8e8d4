import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import type { ApiClient } from '../src/api/client';
import type { Run } from '../src/api/types';
import type { EventsConnection } from '../src/models/events';
import { RunModel } from '../src/models/run';

vi.mock('@jupyterlab/services', () => ({ ServerConnection: { NetworkError: class extends Error {} } }));

const run = (status: string): Run =>
  ({ id: 'r', number: 1, tool: 't', status, attempt: 1, attempts: [{ number: 1, log_size: 0 }], artifacts: [], tags: [], edits: 0, params: {} }) as unknown as Run;

/** A server whose answers come when the test says so, in any order. */
function slowServer(): { client: ApiClient; answers: ((run: Run) => void)[]; asked: string[]; events: EventsConnection } {
  const answers: ((run: Run) => void)[] = [];
  const asked: string[] = [];
  const client = new Proxy(
    { run: () => new Promise<Run>(done => answers.push(done)) },
    { get: (known: Record<string, unknown>, name: string) => known[name] ?? ((): Promise<never> => (asked.push(name), new Promise(() => undefined))) }
  );
  const sender = {};
  const signals = new Map<string, unknown>();
  const events = new Proxy(sender, {
    get: (_, name: string) => {
      if (!signals.has(name)) {
        signals.set(name, name === 'state' ? 'live' : name === 'follow' ? () => (asked.push('follow'), () => undefined) : new Signal(sender));
      }
      return signals.get(name);
    }
  });
  return { client: client as unknown as ApiClient, answers, asked, events: events as unknown as EventsConnection };
}

const settled = (): Promise<void> => new Promise(done => setTimeout(done));

describe('the page of a run', () => {
  it('shows the answer to its youngest question, whichever comes last', async () => {
    const { client, answers, events } = slowServer();
    const model = new RunModel('r', client, events);
    void model.refresh();
    answers[1]?.(run('succeeded'));
    await settled();
    answers[0]?.(run('running'));
    await settled();
    expect(model.run?.status).toBe('succeeded');
  });

  it('shows first what says most at a glance', async () => {
    const { client, answers, events } = slowServer();
    const model = new RunModel('r', client, events);
    const types = ['application/json', 'text/csv', 'text/markdown', 'application/vnd.vegalite.v5+json'];
    const artifacts = types.map((media_type, place) => ({ id: `a${place}`, name: media_type, media_type }));
    answers[0]?.({ ...run('succeeded'), artifacts } as unknown as Run);
    await settled();
    expect(model.selected?.media_type).toBe('application/vnd.vegalite.v5+json');
  });

  it('asks for nothing more once it is closed', async () => {
    const { client, answers, asked, events } = slowServer();
    const model = new RunModel('r', client, events);
    model.dispose();
    answers[0]?.(run('running'));
    await settled();
    expect(asked).toEqual([]);
    expect(model.log).toBeNull();
  });

  it('looks again at a run that waits, for nobody tells that no worker can take it', async () => {
    vi.useFakeTimers();
    const { client, answers, events } = slowServer();
    const model = new RunModel('r', client, events);
    answers[0]?.(run('queued'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(answers).toHaveLength(2);
    answers[1]?.({ ...run('queued'), waits: 'Waits: no worker.' });
    await vi.advanceTimersByTimeAsync(1);
    expect(model.run?.waits).toBe('Waits: no worker.');
    await vi.advanceTimersByTimeAsync(5_000);
    answers[2]?.(run('succeeded'));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(answers).toHaveLength(3);
    vi.useRealTimers();
  });
});
