import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import type { ApiClient } from '../src/api/client';
import type { Schedule, Tool } from '../src/api/types';
import type { EventsConnection } from '../src/models/events';
import { FormModel } from '../src/models/form';
import { SchedulesModel } from '../src/models/schedules';
import type { UploadsModel } from '../src/models/uploads';
import type { IToolRunner } from '../src/tokens';

vi.mock('@jupyterlab/services', () => ({ ServerConnection: { NetworkError: class extends Error {} } }));
vi.mock('@jupyterlab/application', () => ({ ILayoutRestorer: {} }));
vi.mock('@jupyterlab/apputils', () => ({
  ICommandPalette: {},
  WidgetTracker: class {
    currentWidget = null;
    add = (): void => undefined;
  }
}));
const pages: { model: SchedulesModel; dispose: () => void }[] = [];
vi.mock('../src/page', () => ({
  addPage: () => undefined,
  showPage: (_: unknown, page: (typeof pages)[number]) => pages.push(page),
  ModelPage: class {
    constructor(readonly model: SchedulesModel) {}
    dispose(): void {
      this.model.dispose();
    }
  }
}));
vi.mock('../src/icons', () => ({ scheduleIcon: {} }));
vi.mock('../src/complaint', () => ({ complain: () => undefined }));
vi.mock('../src/target', () => ({ targetOf: () => null }));
vi.mock('../src/components/boundary', () => ({ later: () => () => null }));
vi.stubGlobal('window', globalThis);

const tool = { name: 't', version: '1', params_schema: { type: 'object', properties: {} } } as unknown as Tool;

/** Signals that count who listens. */
function counted(): { events: EventsConnection; listeners: () => number } {
  let count = 0;
  const sender = {};
  const signals = new Map<string, unknown>();
  const signal = (): unknown => {
    const real = new Signal<object, void>(sender);
    const known = (connected: boolean, by: number): boolean => ((count += connected ? by : 0), connected);
    return {
      connect: (...args: Parameters<typeof real.connect>) => known(real.connect(...args), 1),
      disconnect: (...args: Parameters<typeof real.disconnect>) => known(real.disconnect(...args), -1)
    };
  };
  const events = new Proxy(sender, {
    get: (_, name: string) => {
      if (!signals.has(name)) {
        signals.set(name, name === 'state' ? 'live' : signal());
      }
      return signals.get(name);
    }
  });
  return { events: events as unknown as EventsConnection, listeners: () => count };
}

describe('the dialog of a schedule', () => {
  function opened(): { model: SchedulesModel; answer: (how: Schedule | Error) => Promise<void> } {
    const answers: ((how: Schedule | Error) => void)[] = [];
    const client = {
      schedules: () => Promise.resolve({ items: [], total: 0 }),
      schedule: (id: string) => Promise.resolve({ id, name: id, tool: 't' }),
      firings: () => Promise.resolve({ items: [] }),
      previewSchedule: () => Promise.resolve({ words: '', next: [] }),
      addSchedule: () => new Promise<Schedule>((done, fail) => answers.push(how => (how instanceof Error ? fail(how) : done(how))))
    } as unknown as ApiClient;
    const { events } = counted();
    const uploads = { changed: new Signal({}), tasks: [] } as unknown as UploadsModel;
    const model = new SchedulesModel(client, events, () => new FormModel(tool, client, events, uploads, () => undefined));
    model.begin('t', {});
    model.setDraft({ name: 'first' });
    const saved = model.save();
    return { model, answer: async how => (answers[0]?.(how), await saved) };
  }

  const kept = { id: 's1', name: 'first', tool: 't' } as Schedule;

  it('is closed by its own answer, also where one wrote on meanwhile', async () => {
    const { model, answer } = opened();
    model.setDraft({ name: 'first of all' });
    await answer(kept);
    expect([model.draft, model.report?.name]).toEqual([null, 'first']);
    model.dispose();
  });

  it('stays where the answer is that of one which was left', async () => {
    const { model, answer } = opened();
    model.leaveDraft();
    model.begin('t', {});
    const form = model.draft?.form as FormModel;
    const disposed = vi.spyOn(form, 'dispose');
    await answer(kept);
    expect([model.draft?.form, model.report?.name, model.saving]).toEqual([form, 'first', false]);
    expect(disposed).not.toHaveBeenCalled();
    model.dispose();
  });

  it('is not told why another one was refused: that stands above the list', async () => {
    const { model, answer } = opened();
    model.leaveDraft();
    model.begin('t', {});
    await answer(new Error('refused'));
    expect([model.refusal, model.failure?.message]).toEqual([null, 'refused']);
    model.dispose();
  });
});

describe('the page of schedules', () => {
  it('leaves nothing that listens when it is closed', async () => {
    const { default: plugin } = await import('../src/plugins/schedules');
    const { events, listeners } = counted();
    const commands = new Map<string, () => void>();
    const app = { commands: { addCommand: (id: string, { execute }: { execute: (args: object) => void }) => commands.set(id, () => execute({})) } };
    const runner = { events, client: { schedules: () => Promise.resolve({ items: [], total: 0 }) }, tools: {}, settings: {}, health: {} } as unknown as IToolRunner;
    const listening = vi.fn();
    vi.stubGlobal('addEventListener', listening);
    void plugin.activate(app as never, runner, null, null);
    const before = [listeners(), listening.mock.calls.length];
    commands.get('toolrunner:open-schedules')?.();
    expect(listeners()).toBeGreaterThan(before[0] ?? 0);
    pages.pop()?.dispose();
    commands.get('toolrunner:open-schedules')?.();
    pages.pop()?.dispose();
    expect([listeners(), listening.mock.calls.length]).toEqual(before);
  });
});
