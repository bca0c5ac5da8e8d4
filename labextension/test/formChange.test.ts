import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import { ApiError, type ApiClient } from '../src/api/client';
import type { Run, RunChanges, Tool } from '../src/api/types';
import type { EventsConnection } from '../src/models/events';
import { FormModel } from '../src/models/form';
import { SidebarModel } from '../src/models/sidebar';
import type { ToolsModel } from '../src/models/tools';
import type { UploadsModel } from '../src/models/uploads';

vi.mock('@jupyterlab/services', () => ({ ServerConnection: { NetworkError: class extends Error {} } }));
vi.stubGlobal('window', globalThis);

const tool = (version: string): Tool =>
  ({ name: 't', version, params_schema: { type: 'object', properties: { text: { type: 'string' }, count: { type: 'integer', default: 3 } } } }) as unknown as Tool;
const waiting = { id: 'r', number: 7, tool: 't', version: '1', status: 'queued', priority: 'low', attempt: 0, edits: 0, params: { text: 'a', count: 4 } } as unknown as Run;

interface Setting {
  client: ApiClient;
  events: EventsConnection;
  uploads: UploadsModel;
  asked: unknown[];
  tell: (run: Run) => void;
}

/** A server that takes changes while the run waits, as ours does. */
function server(at: { status: string }): Setting {
  const asked: unknown[] = [];
  const client = {
    run: () => Promise.resolve({ ...waiting, status: at.status }),
    edit: (id: string, changes: RunChanges) => {
      asked.push(['edit', id, changes]);
      return at.status === 'queued'
        ? Promise.resolve({ ...waiting, ...changes, edits: 1 })
        : Promise.reject(new ApiError(409, { code: 'conflict', message: 'It does not wait any more', field: null, hint: null, problems: null }));
    },
    submit: (name: string, params: unknown, _key: string, how: unknown) => {
      asked.push(['submit', name, params, how]);
      return Promise.resolve({ ...waiting, id: 'new' });
    },
    tool: (name: string, version: string) => (asked.push(['tool', name, version]), Promise.resolve(tool(version))),
    presets: () => Promise.resolve([]),
    runs: () => Promise.resolve({ items: [], next: null })
  };
  const sender = {};
  const runChanged = new Signal<object, Run>(sender);
  const events = { runChanged, presetsChanged: new Signal(sender), gap: new Signal(sender), changed: new Signal(sender), state: 'live' };
  const uploads = { changed: new Signal(sender), tasks: [] };
  return {
    client: client as unknown as ApiClient,
    events: events as unknown as EventsConnection,
    uploads: uploads as unknown as UploadsModel,
    asked,
    tell: run => runChanged.emit(run)
  };
}

const formOf = ({ client, events, uploads }: Setting): FormModel => new FormModel(tool('1'), client, events, uploads, () => undefined, waiting);

describe('the form of a run that waits', () => {
  it('opens with its values and counts what is changed of them', () => {
    const form = formOf(server({ status: 'queued' }));
    expect(form.payload).toEqual({ text: 'a', count: 4 });
    expect(form.changedFields).toEqual([]);
    form.setValues({ text: 'b' });
    expect(form.changedFields).toEqual(['text']);
  });

  it('gives its values to the run', async () => {
    const setting = server({ status: 'queued' });
    const form = formOf(setting);
    form.setValues({ text: 'b' });
    expect((await form.saveChanges())?.params).toEqual({ text: 'b', count: 4 });
    expect(setting.asked).toEqual([['edit', 'r', { params: { text: 'b', count: 4 } }]]);
  });

  it('says that it is too late where the run began before its values came, and keeps them', async () => {
    const setting = server({ status: 'running' });
    const form = formOf(setting);
    form.setValues({ text: 'b' });
    expect(await form.saveChanges()).toBeNull();
    expect([form.isTooLate, form.failure, form.payload]).toEqual([true, null, { text: 'b', count: 4 }]);
    expect((await form.submit('low'))?.id).toBe('new');
    expect(setting.asked.at(-1)).toEqual(['submit', 't', { text: 'b', count: 4 }, { origin: 'r', priority: 'low' }]);
  });

  it('hears that the run begins, and sends nothing then', async () => {
    const setting = server({ status: 'running' });
    const form = formOf(setting);
    setting.tell({ ...waiting, status: 'running', attempt: 1 });
    expect(form.isTooLate).toBe(true);
    expect(await form.saveChanges()).toBeNull();
    expect(setting.asked).toEqual([]);
  });
});

describe('the sidebar', () => {
  const sidebarOf = (setting: Setting, saved: Run[]): SidebarModel => {
    const tools = { changed: new Signal({}), loaded: true, find: (name: string) => (name === 't' ? tool('2') : undefined) };
    return new SidebarModel(setting.client, tools as unknown as ToolsModel, null, setting.events, setting.uploads, () => undefined, run => saved.push(run));
  };

  it('shows a change before the form of the tool, which is as it was when the change is saved', async () => {
    const setting = server({ status: 'queued' });
    const saved: Run[] = [];
    const sidebar = sidebarOf(setting, saved);
    sidebar.open('t')?.setValues({ text: 'unsent' });
    await sidebar.changeRun(waiting);
    // The tool was changed since; the run is checked against what it was made of.
    expect(setting.asked).toEqual([['tool', 't', '1']]);
    expect(sidebar.form?.target?.id).toBe('r');
    await sidebar.saveChanges();
    expect(saved.map(({ edits }) => edits)).toEqual([1]);
    expect([sidebar.form?.target, sidebar.form?.values]).toEqual([null, { text: 'unsent' }]);
  });

  it('keeps what was written in a change while another form is looked at', async () => {
    const sidebar = sidebarOf(server({ status: 'queued' }), []);
    await sidebar.changeRun(waiting);
    sidebar.form?.setValues({ text: 'half' });
    sidebar.open('t');
    await sidebar.changeRun(waiting);
    expect(sidebar.form?.values).toEqual({ text: 'half', count: 4 });
    sidebar.close();
    await sidebar.changeRun(waiting);
    expect(sidebar.form?.values).toEqual({ text: 'a', count: 4 });
  });

  it('shows what others gave the run since where nothing was written', async () => {
    const sidebar = sidebarOf(server({ status: 'queued' }), []);
    await sidebar.changeRun(waiting);
    sidebar.showList();
    await sidebar.changeRun({ ...waiting, params: { ...waiting.params, text: 'theirs' }, edits: 1 });
    expect(sidebar.form?.values).toEqual({ text: 'theirs', count: 4 });
  });
});
