import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ApiClient } from '../src/api/client';
import type { Forecast, Tool } from '../src/api/types';
import { oneText } from '../src/components/batchWords';
import type { EventsConnection } from '../src/models/events';
import { FormModel } from '../src/models/form';
import type { UploadsModel } from '../src/models/uploads';

vi.mock('@jupyterlab/services', () => ({ ServerConnection: { NetworkError: class extends Error {} } }));
vi.stubGlobal('window', globalThis);

const told = (seconds: number, wait = 0): Forecast =>
  ({ one: { low: seconds / 2, middle: seconds, high: seconds * 2 }, start: { low: wait, middle: wait, high: wait }, learnt_from: 9 }) as unknown as Forecast;

/** A form whose values are valid from 1 on, and a server that takes so many seconds for a run. */
function setting(answer: (n: number) => Promise<Forecast>): { form: FormModel; asked: unknown[] } {
  const asked: unknown[] = [];
  const client = {
    forecast: (_: string, { n }: { n: number }) => (asked.push(n), answer(n)),
    presets: () => Promise.resolve([]),
    runs: () => Promise.resolve({ items: [], next: null })
  };
  const sender = {};
  const signal = (): Signal<object, unknown> => new Signal(sender);
  const events = { runChanged: signal(), presetsChanged: signal(), gap: signal(), changed: signal(), state: 'live' };
  const tool = { name: 't', version: '1', reuse: null, params_schema: { type: 'object', properties: { n: { type: 'integer' } } } };
  const form = new FormModel(
    tool as unknown as Tool,
    client as unknown as ApiClient,
    events as unknown as EventsConnection,
    { changed: signal(), tasks: [] } as unknown as UploadsModel,
    () => undefined
  );
  form.setValidate((_, payload) => (Number((payload as { n: unknown }).n) > 0 ? [] : [{ instancePath: '/n', keyword: 'minimum', params: { limit: 1 } }]));
  return { form, asked };
}

const pause = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1_000);

describe('how long a run will take', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is asked for when nobody writes any more, and once for the same values', async () => {
    const { form, asked } = setting(n => Promise.resolve(told(n)));
    form.setValues({ n: 3 });
    form.setValues({ n: 12 });
    await pause();
    form.setValues({ n: 12 });
    await pause();
    expect(asked).toEqual([12]);
    expect(form.forecast && oneText(form.forecast)).toBe('about 12 s (6–24)');
  });

  it('is not asked for values that would be refused', async () => {
    const { form, asked } = setting(n => Promise.resolve(told(n)));
    form.setValues({ n: 0 });
    await pause();
    expect([asked, form.forecast]).toEqual([[], null]);
  });

  it('is nothing where it cannot be had', async () => {
    const { form } = setting(() => Promise.reject(new Error('away')));
    form.setValues({ n: 3 });
    await pause();
    expect(form.forecast).toBeNull();
  });

  it('names a wait that is long', () => {
    expect(oneText(told(8, 1))).toBe('about 8 s (4–16)');
    expect(oneText(told(8, 120))).toBe('about 8 s (4–16), begins in about 2 min (2–2)');
  });
});
