/** A batch that is being made: the rows of a table, or all combinations of some values. */

import { UUID } from '@lumino/coreutils';

import type { ApiClient } from '../api/client';
import type { Batch, CellProblem, CheckedBatch, NewBatch, Tool } from '../api/types';
import { formSchema, type Values } from '../logic/schema';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

/** After a key, so that many of them are one question. */
const CHECK_MS = 400;

export interface Table {
  file: string;
  names: readonly string[];
  /** The field that each column is; null for none. */
  fields: (string | null)[];
  cells: (string | null)[][];
}

export class BatchDraft extends Model {
  title = '';
  private _table: Table | null = null;
  /** What is written for each field that is swept over. */
  private _sweep = new Map<string, string>();
  private _checked: CheckedBatch | null = null;
  private _problems = new Map<string, CellProblem>();
  private _failure: Failure | null = null;
  private _reading = false;
  private _checking = false;
  private _sending = false;
  private _asked = 0;
  private _timer = 0;
  private _key = UUID.uuid4();

  constructor(
    readonly tool: Tool,
    /** Values that all runs have. */
    readonly common: Values,
    readonly kind: 'table' | 'sweep',
    private readonly _client: ApiClient,
    private readonly _submitted: (batch: Batch) => void
  ) {
    super();
  }

  /** Names of the fields, in the form's order. */
  get fields(): readonly string[] {
    return formSchema(this.tool.params_schema, this.common).order;
  }

  labelOf(field: string): string {
    const title = formSchema(this.tool.params_schema, this.common).properties[field]?.title;
    return typeof title === 'string' ? title : field;
  }

  get table(): Table | null {
    return this._table;
  }

  /** What it is called where nobody gives it a name. */
  get ownTitle(): string {
    const { properties } = formSchema(this.tool.params_schema, this.common);
    return [...this._sweep].map(([field, said]) => (properties[field]?.['x-secret'] === true ? field : `${field} ${said.trim()}`)).join(', ');
  }

  valuesOf(field: string): string {
    return this._sweep.get(field) ?? '';
  }

  /** What the server said of it last; null until it has. */
  get checked(): CheckedBatch | null {
    return this._checked;
  }

  /** Whether what was said is of what stands there now. */
  get isChecked(): boolean {
    return this._checked !== null && !this._checking && this._timer === 0;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  get reading(): boolean {
    return this._reading;
  }

  get sending(): boolean {
    return this._sending;
  }

  get canSubmit(): boolean {
    return this.isChecked && !this._failure && this._checked !== null && this._checked.rows > 0 && this._checked.problems.length === 0;
  }

  /** What is wrong with a cell; rows count from 1. */
  problemAt(row: number, field: string | null): CellProblem | null {
    return this._problems.get(`${row}\n${field ?? ''}`) ?? null;
  }

  /** Problems of a whole row, or of a field that no column is: no cell shows them. */
  get problemsElsewhere(): readonly CellProblem[] {
    const shown = new Set(this._table?.fields ?? []);
    return (this._checked?.problems ?? []).filter(({ field }) => !shown.has(topOf(field)));
  }

  async read(file: File): Promise<void> {
    this._reading = true;
    this._failure = null;
    this.notify();
    try {
      const { names, fields, cells } = await this._client.readTable(this.tool.name, file);
      this._table = { file: file.name, names, fields: [...fields], cells: cells.map(line => [...line]) };
      this.title = file.name;
      this._onEdit();
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._reading = false;
    this.notify();
  }

  setField(column: number, field: string | null): void {
    if (this._table) {
      // A field is one column at most.
      this._table.fields = this._table.fields.map((before, place) => (place === column ? field : before === field ? null : before));
      this._onEdit();
    }
  }

  setCell(row: number, column: number, text: string): void {
    const line = this._table?.cells[row];
    if (line) {
      line[column] = text === '' ? null : text;
      this._onEdit();
    }
  }

  setValues(field: string, text: string): void {
    if (text.trim() === '') {
      this._sweep.delete(field);
    } else {
      this._sweep.set(field, text);
    }
    this._onEdit();
  }

  setTitle(title: string): void {
    this.title = title;
    this.notify();
  }

  async submit(): Promise<void> {
    if (!this.canSubmit || this._sending) {
      return;
    }
    this._sending = true;
    this.notify();
    try {
      const { batch } = await this._client.submitBatch({ ...this._body(), title: this.title }, this._key);
      this._submitted(batch);
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._sending = false;
    this.notify();
  }

  override dispose(): void {
    window.clearTimeout(this._timer);
    this._asked += 1;
    super.dispose();
  }

  /** Ask once more. */
  check(): Promise<void> {
    window.clearTimeout(this._timer);
    this._timer = 0;
    return this._check();
  }

  private _body(): NewBatch {
    const common = Object.fromEntries(Object.entries(this.common).filter(([name]) => !this._sweep.has(name)));
    const body = { tool: this.tool.name, params: common };
    if (this.kind === 'table') {
      return { ...body, table: { fields: this._table?.fields ?? [], cells: this._table?.cells ?? [] } };
    }
    return { ...body, sweep: Object.fromEntries(this.fields.filter(name => this._sweep.has(name)).map(name => [name, this._sweep.get(name) ?? ''])) };
  }

  private _onEdit(): void {
    this._key = UUID.uuid4();
    window.clearTimeout(this._timer);
    const isEmpty = this.kind === 'table' ? !this._table : this._sweep.size === 0;
    this._asked += 1;
    this._checking = false;
    if (isEmpty) {
      this._timer = 0;
      this._checked = null;
      this._failure = null;
      this._problems.clear();
    } else {
      this._timer = window.setTimeout(() => void this.check(), CHECK_MS);
    }
    this.notify();
  }

  private async _check(): Promise<void> {
    const asked = ++this._asked;
    this._checking = true;
    this.notify();
    try {
      const checked = await this._client.checkBatch(this._body());
      if (asked === this._asked) {
        this._checked = checked;
        this._problems = new Map(checked.problems.map(problem => [`${problem.row}\n${topOf(problem.field)}`, problem]));
        this._failure = null;
      }
    } catch (error) {
      if (asked === this._asked) {
        this._checked = null;
        this._problems.clear();
        this._failure = failureOf(error);
      }
    }
    if (asked === this._asked) {
      this._checking = false;
      this.notify();
    }
  }
}

function topOf(field: string): string {
  return field.split(/[.[]/)[0] ?? '';
}
