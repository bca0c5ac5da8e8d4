import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import type { ApiClient } from '../src/api/client';
import type { Cleaning } from '../src/api/types';
import { boundsOf, exceptionText, whatText } from '../src/components/retentionWords';
import type { EventsConnection } from '../src/models/events';
import { RetentionModel } from '../src/models/retention';

vi.mock('@jupyterlab/services', () => ({ ServerConnection: { NetworkError: class extends Error {} } }));

const cleaning = (logs: number): Cleaning => ({ at: '2026-11-30T12:00:00Z', by: '', runs: logs, logs, log_bytes: 10 * logs, artifacts: 0, artifact_bytes: 0, rules: {}, examples: [], notes: [] });
const settled = (): Promise<void> => new Promise(done => setTimeout(done));

/** A server that has so many logs beyond the rules. */
function serverWith(logs: number): { model: RetentionModel; asked: string[]; cleaned: Signal<object, void>; server: { logs: number; refuses: boolean } } {
  const asked: string[] = [];
  const server = { logs, refuses: false };
  const client = {
    retention: () => Promise.resolve({ logs: {}, artifacts: {}, exceptions: [], cleanings: [] }),
    lookAtCleaning: () => (asked.push('look'), Promise.resolve(cleaning(server.logs))),
    clean: () => {
      asked.push('clean');
      const freed = cleaning(server.logs);
      if (server.refuses) {
        return Promise.reject(new Error('The disk is away.'));
      }
      server.logs = 0;
      cleaned.emit();
      return Promise.resolve(freed);
    }
  };
  const sender = {};
  const cleaned = new Signal<object, void>(sender);
  const events = { cleaned, gap: new Signal(sender), changed: new Signal(sender), state: 'live' };
  return { model: new RetentionModel(client as unknown as ApiClient, events as unknown as EventsConnection), asked, cleaned, server };
}

describe('what goes', () => {
  it('is freed when one has said so, and then looked at once more', async () => {
    const { model, asked } = serverWith(3);
    await settled();
    model.ask();
    expect([model.asked, model.found?.logs]).toEqual([true, 3]);
    await model.clean();
    await settled();
    expect(asked).toEqual(['look', 'clean', 'look']);
    expect([model.asked, model.freed?.logs, model.found?.logs]).toEqual([false, 3, 0]);
  });

  it('is not asked for where nothing goes, nor any longer where the server has cleaned meanwhile', async () => {
    const { model, cleaned, server } = serverWith(1);
    await settled();
    model.ask();
    server.logs = 0;
    cleaned.emit();
    await settled();
    expect([model.asked, model.found?.logs]).toEqual([false, 0]);
    model.ask();
    expect(model.asked).toBe(false);
  });

  it('stays as it was shown where it could not be freed, and why is said', async () => {
    const { model, server } = serverWith(2);
    await settled();
    server.refuses = true;
    await model.clean();
    expect([model.failure?.message, model.found?.logs, model.cleaning]).toEqual(['The disk is away.', 2, false]);
  });
});

describe('a rule in words', () => {
  it('has one line for each bound, and none where all stays', () => {
    expect(boundsOf({ days: 180, runs: null, size: 20e9 }).map(text => text.replace('\u00a0', ' '))).toEqual(['180 days after the end of the run', 'up to 20 GB together; the oldest go first']);
    expect(boundsOf({ days: 0.5, runs: null, size: null })).toEqual(['12 h 0 min after the end of the run']);
    expect(boundsOf({ days: null, runs: 1, size: null })).toEqual(['of the newest 1 run of each tool']);
    expect(boundsOf({ days: null, runs: null, size: null })).toEqual([]);
  });

  it('names what it leaves alone, and what it frees', () => {
    expect([exceptionText('owner:a:b'), exceptionText('tool:box.report')]).toEqual(['everything of the user a:b', 'everything of the tool box.report']);
    expect([whatText(cleaning(1)), whatText({ ...cleaning(1200), artifacts: 2 }), whatText(cleaning(0))]).toEqual(['1 log', '1,200 logs, 2 artifacts', '']);
  });
});
