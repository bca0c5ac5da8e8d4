/** The form of a tool in a notebook: its values are where the view's state is, so that a kernel can read and write them. */

import type { ApiClient } from '../api/client';
import type { ErrorDetail, Priority, Tool } from '../api/types';
import { parseExact, stringifyExact } from '../logic/exact';
import { withoutSecrets } from '../logic/formLink';
import { isObject } from '../logic/json';
import { localised } from '../logic/languages';
import type { Values } from '../logic/schema';
import { unreadablePaths } from '../logic/unreadable';
import { serverText } from '../serverText';
import { locale } from '../translation';
import type { Bond } from '../widgets/bond';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { FormModel } from './form';
import { Model } from './model';
import type { UploadsModel } from './uploads';

let forms = 0;

export class CellForm extends Model {
  private _form: FormModel | null = null;
  private _failure: Failure | null = null;
  /** As it was written last, or read. */
  private _values = '';

  constructor(
    private readonly _bond: Bond,
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection,
    private readonly _uploads: UploadsModel
  ) {
    super();
    const described = _bond.isLive ? readTool(_bond.state.description) : null;
    if (described) {
      this._open(described);
    } else {
      void this.refresh();
    }
    _bond.changed.connect(this._read, this);
    _bond.refused.connect(this._onRefused, this);
    _events.toolsChanged.connect(this._onTools, this);
  }

  /** Null while the tool is not known. */
  get form(): FormModel | null {
    return this._form;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  async refresh(): Promise<void> {
    try {
      const tool = await this._client.tool(this._bond.state.tool);
      this._failure = null;
      if (this._form) {
        this._form.setTool(localised(tool, locale()));
      } else {
        this._open(tool);
      }
    } catch (error) {
      this._failure = failureOf(error);
    }
    this.notify();
  }

  /** Send the values to the server of this page, which works with these data. */
  async submit(priority: Priority, instance: string, reuse: boolean | null = null): Promise<void> {
    const form = this._form;
    const run = await form?.submit(priority, reuse);
    if (!form || !run) {
      return;
    }
    this._events.tell(run);
    // A kernel asks for the run itself, and has every digit of it.
    const snapshot = this._bond.isLive ? '' : stringifyExact({ ...run, params: withoutSecrets(form.form.properties, run.params) });
    this._bond.set({ run: run.id, snapshot, instance });
  }

  /** Have the kernel send the values, to whatever server it works with. */
  async submitByKernel(priority: Priority): Promise<void> {
    await this._form?.hand(values => this._bond.ask({ type: 'submit', values: stringifyExact(values), priority }));
  }

  override dispose(): void {
    this._bond.changed.disconnect(this._read, this);
    this._bond.refused.disconnect(this._onRefused, this);
    this._events.toolsChanged.disconnect(this._onTools, this);
    this._form?.dispose();
    super.dispose();
  }

  private _open(tool: Tool): void {
    forms += 1;
    const form = new FormModel(localised(tool, locale()), this._client, this._events, this._uploads, () => undefined, null, `trn-form${forms}`);
    this._form = form;
    this._read();
    form.changed.connect(this._write, this);
  }

  private _read(): void {
    const { values } = this._bond.state;
    if (this._form && values !== this._values) {
      this._values = values;
      this._form.fill(readValues(values));
    }
  }

  private _write(): void {
    const form = this._form;
    const open = form?.openValues;
    // A text that is not JSON yet is nobody's value.
    if (!open || unreadablePaths(open).length > 0) {
      return;
    }
    const values = stringifyExact(open);
    if (values !== this._values) {
      this._values = values;
      this._bond.set({ values });
    }
  }

  private _onRefused(_: Bond, detail: ErrorDetail): void {
    const hint = detail.hint ? { hint: serverText(detail.hint) } : {};
    this._form?.fail({ message: serverText(detail.message), ...hint, offline: false, missing: false });
  }

  private _onTools(_: EventsConnection, changed: string[]): void {
    if (this._form && (changed.length === 0 || changed.includes(this._form.tool.name))) {
      void this.refresh();
    }
  }
}

function readTool(text: string): Tool | null {
  try {
    const tool: unknown = JSON.parse(text);
    return isObject(tool) && isObject(tool.params_schema) ? (tool as unknown as Tool) : null;
  } catch {
    return null;
  }
}

function readValues(text: string): Values {
  try {
    const values = parseExact(text);
    return isObject(values) ? values : {};
  } catch {
    return {};
  }
}
