import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ApiClient } from '../src/api/client';
import type { Run, Tool } from '../src/api/types';
import type { EventsConnection } from '../src/models/events';
import { FormModel } from '../src/models/form';
import type { UploadsModel } from '../src/models/uploads';

vi.mock('@jupyterlab/services', () => ({ ServerConnection: { NetworkError: class extends Error {} } }));
vi.stubGlobal('window', globalThis);

const made = (n: number): Run => ({ id: `of ${n}`, number: n, tool: 't', status: 'succeeded', owner: 'ada', params: { n } }) as unknown as Run;

interface Setting {
  form: FormModel;
  asked: unknown[];
  sent: unknown[];
  known: Set<number>;
  tell: (run: Run) => void;
}

/** A form of a tool whose results may be taken again, and a server that knows some. */
function setting(reuse: boolean | null, wait: Promise<void> = Promise.resolve()): Setting {
  const asked: unknown[] = [];
  const sent: unknown[] = [];
  const known = new Set<number>();
  const client = {
    earlier: async (_: string, { n }: { n: number }) => {
      asked.push(n);
      await wait;
      return { run: known.has(n) ? made(n) : null, reuse: true };
    },
    submit: (_name: string, _params: unknown, _key: string, how: unknown) => (sent.push(how), Promise.resolve(made(1))),
    presets: () => Promise.resolve([]),
    runs: () => Promise.resolve({ items: [], next: null })
  };
  const sender = {};
  const runChanged = new Signal<object, Run>(sender);
  const events = { runChanged, presetsChanged: new Signal(sender), gap: new Signal(sender), changed: new Signal(sender), state: 'live' };
  const tool = { name: 't', version: '1', reuse, params_schema: { type: 'object', properties: { n: { type: 'integer' } } } };
  const form = new FormModel(
    tool as unknown as Tool,
    client as unknown as ApiClient,
    events as unknown as EventsConnection,
    { changed: new Signal(sender), tasks: [] } as unknown as UploadsModel,
    () => undefined
  );
  return { form, asked, sent, known, tell: run => runChanged.emit(run) };
}

const pause = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1_000);

describe('the run whose result would be taken', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is looked for when nobody writes any more', async () => {
    const { form, asked, known } = setting(true);
    known.add(12);
    form.setValues({ n: 1 });
    form.setValues({ n: 12 });
    await pause();
    expect([asked, form.earlier?.number]).toEqual([[12], 12]);
    form.setValues({ n: 13 });
    expect(form.earlier).toBeNull();
    await pause();
    expect(form.earlier).toBeNull();
  });

  it('is there as soon as that run has succeeded', async () => {
    const { form, known, tell } = setting(true);
    form.setValues({ n: 7 });
    await pause();
    expect(form.earlier).toBeNull();
    known.add(7);
    tell(made(7));
    await pause();
    expect(form.earlier?.number).toBe(7);
  });

  it('is not the one of values that have changed meanwhile', async () => {
    let answer: () => void = () => undefined;
    const { form, known } = setting(true, new Promise(done => (answer = done)));
    known.add(7);
    form.setValues({ n: 7 });
    await pause();
    form.setValues({ n: 8 });
    answer();
    await pause();
    expect(form.earlier).toBeNull();
  });

  it('is not asked for where the tool does not say so, and a run may be made anew', async () => {
    const { form, asked, sent } = setting(null);
    form.setValues({ n: 7 });
    await pause();
    expect(asked).toEqual([]);
    await form.submit('default', false);
    await form.submit();
    expect(sent).toEqual([
      { origin: null, priority: 'default', reuse: false },
      { origin: null, priority: 'default' }
    ]);
  });
});
