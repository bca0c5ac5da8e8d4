/** What the sidebar shows: the search, which categories are folded, the open form. All of it survives a reload. */

import type { IStateDB } from '@jupyterlab/statedb';

import type { ApiClient } from '../api/client';
import type { Priority, Run, RunId, ToolName } from '../api/types';
import { isObject } from '../logic/json';
import type { EventsConnection } from './events';
import { FormModel, type Draft } from './form';
import { Model } from './model';
import type { ToolsModel } from './tools';
import type { UploadsModel } from './uploads';

const KEY = 'jupyter_toolrunner:sidebar';
const DRAFT = 'jupyter_toolrunner:draft:';
const SAVE_MS = 200;

export class SidebarModel extends Model {
  private _query = '';
  private _folded = new Set<string>();
  private _form: FormModel | null = null;
  private _wanted: ToolName | null = null;
  private _focusRequest = 0;
  private _listFirst = false;
  private readonly _forms = new Map<ToolName, FormModel>();
  /** Forms that change runs which wait; what was written in them stays until it is saved or left. */
  private readonly _changes = new Map<RunId, FormModel>();
  /** The one of them that stands before the form of a tool. */
  private _change: FormModel | null = null;
  private readonly _timers = new Map<string, number>();

  constructor(
    private readonly _client: ApiClient,
    private readonly _tools: ToolsModel,
    private readonly _state: IStateDB | null,
    private readonly _events: EventsConnection,
    private readonly _uploads: UploadsModel,
    private readonly _onSubmitted: (run: Run) => void,
    private readonly _onChanged: (run: Run) => void
  ) {
    super();
    _tools.changed.connect(this._onTools, this);
    void this._restore();
  }

  get query(): string {
    return this._query;
  }

  get form(): FormModel | null {
    return this._change ?? this._form;
  }

  /** Grows when the form asks for the focus. */
  get focusRequest(): number {
    return this._focusRequest;
  }

  /** Whether the list stands in front where there is no room for the form beside it. */
  get isListFirst(): boolean {
    return this._listFirst;
  }

  putListFirst(first: boolean): void {
    this._listFirst = first;
    this.notify();
  }

  /** Bring the form that is open to the front. */
  focusForm(): void {
    this._listFirst = false;
    this._focusRequest += 1;
    this.notify();
  }

  setQuery(query: string): void {
    this._query = query;
    this.notify();
  }

  isFolded(section: string): boolean {
    return this._folded.has(section);
  }

  fold(section: string, folded: boolean): void {
    if (folded) {
      this._folded.add(section);
    } else {
      this._folded.delete(section);
    }
    this._remember();
  }

  /** Open a tool's form with the values that were left in it. */
  open(name: ToolName, focus = true): FormModel | null {
    const form = this._formOf(name);
    if (!form) {
      return null;
    }
    this._form = form;
    this._wanted = form.tool.name;
    if (focus) {
      this._change = null;
      this._listFirst = false;
      this._focusRequest += 1;
    }
    this._remember();
    return form;
  }

  /** Open a tool's form as soon as the tools are read; null where there is none by then. */
  openWhenThere(name: ToolName): Promise<FormModel | null> {
    return new Promise(done => {
      const look = (): void => {
        const form = this.open(name);
        const stillComes = !this._tools.failure && (!this._tools.loaded || this._tools.reading);
        if (form || !stillComes) {
          this._tools.changed.disconnect(look);
          done(form);
        }
      };
      this._tools.changed.connect(look);
      look();
    });
  }

  /** Open the form of a run's tool with the run's values; null where that tool is not there. */
  async editRun(run: Run): Promise<FormModel | null> {
    const form = await this.openWhenThere(run.tool);
    form?.useRun(run);
    return form;
  }

  /** Open a form that changes the values of a run which waits, as the tool was when the run was made. Raises what the server says. */
  async changeRun(run: Run): Promise<void> {
    let form = this._changes.get(run.id);
    // Others may have changed it since: only a form that was written in is kept.
    if (form?.changedFields.length === 0) {
      this._leave(form);
      form = undefined;
    }
    if (!form) {
      const known = this._tools.find(run.tool);
      const tool = known?.version === run.version ? known : await this._client.tool(run.tool, run.version);
      form = this._changes.get(run.id) ?? new FormModel(tool, this._client, this._events, this._uploads, () => undefined, run);
      this._changes.set(run.id, form);
      void form.prepare();
    }
    this._change = form;
    this.focusForm();
  }

  /** Close the form; one that changes a run leaves the run as it is, and the form behind it comes back. */
  close(): void {
    if (this._change) {
      this._leave(this._change);
      return;
    }
    this._form = null;
    this._wanted = null;
    this._remember();
  }

  /** Close whatever stands before the list; what was written in it is there again when it is opened. */
  showList(): void {
    this._change = null;
    this._form = null;
    this._wanted = null;
    this._remember();
  }

  async submit(priority: Priority = 'default', reuse: boolean | null = null): Promise<void> {
    const { form } = this;
    const run = await form?.submit(priority, reuse);
    if (form && run) {
      this._leave(form);
      this._onSubmitted(run);
    }
  }

  async saveChanges(): Promise<void> {
    const { form } = this;
    const run = await form?.saveChanges();
    if (form && run) {
      this._leave(form);
      this._onChanged(run);
    }
  }

  /** The form of a change goes; that of a tool stays. */
  private _leave(form: FormModel): void {
    if (form.target) {
      this._changes.delete(form.target.id);
      this._change = this._change === form ? null : this._change;
      form.dispose();
      this.notify();
    }
  }

  private _formOf(name: ToolName): FormModel | null {
    const tool = this._tools.find(name);
    if (!tool || tool.error) {
      return null;
    }
    const known = this._forms.get(tool.name);
    if (known) {
      return known;
    }
    const form = new FormModel(tool, this._client, this._events, this._uploads, draft => this._saveLater(DRAFT + tool.name, { ...draft }));
    this._forms.set(tool.name, form);
    void this._restoreDraft(form).then(() => form.prepare());
    return form;
  }

  private _onTools(): void {
    for (const [name, form] of this._forms) {
      const tool = this._tools.find(name);
      if (tool && tool.version !== form.tool.version && !tool.error) {
        form.setTool(tool);
      }
    }
    if (this._wanted !== null && this._form === null) {
      this.open(this._wanted, false);
    } else if (this._form && this._tools.loaded && !this._tools.failure && !this._tools.find(this._form.tool.name)) {
      this._form = null;
      this.notify();
    }
  }

  private async _restore(): Promise<void> {
    const saved = await this._state?.fetch(KEY);
    if (isObject(saved)) {
      this._folded = new Set(Array.isArray(saved.folded) ? saved.folded.map(String) : []);
      this._wanted ??= typeof saved.tool === 'string' ? saved.tool : null;
      this._onTools();
      this.notify();
    }
  }

  private async _restoreDraft(form: FormModel): Promise<void> {
    const saved = await this._state?.fetch(DRAFT + form.tool.name);
    if (isObject(saved) && isObject(saved.values) && !form.isTouched) {
      const choices = Array.isArray(saved.choices) ? saved.choices.map(item => (typeof item === 'string' ? item : null)) : [];
      form.restore({ values: saved.values, choices } satisfies Draft);
    }
  }

  private _remember(): void {
    this._saveLater(KEY, { folded: [...this._folded], tool: this._form?.tool.name ?? null });
    this.notify();
  }

  private _saveLater(key: string, value: object): void {
    window.clearTimeout(this._timers.get(key));
    this._timers.set(
      key,
      window.setTimeout(() => void this._state?.save(key, JSON.parse(JSON.stringify(value)) as never), SAVE_MS)
    );
  }
}
