/** The values of one tool's form: what is set, what is wrong with it, and how it becomes a run. */

import { UUID } from '@lumino/coreutils';

import { ApiError, type ApiClient } from '../api/client';
import type { ErrorDetail, Run, Tool } from '../api/types';
import { sameJson } from '../logic/json';
import {
  chosenField,
  foldedFields,
  formSchema,
  payloadOf,
  type ExclusiveGroup,
  type FormSchema,
  type Values
} from '../logic/schema';
import { missingChoices, problemsOf, readable, type Problem, type RawError } from '../logic/validation';
import { trans } from '../translation';
import { failureOf, type Failure } from './failure';
import { Model } from './model';
import { sentenceOf } from './problemText';

/** Validates a payload against a schema; loaded with the form, because it is large. */
export type Validate = (schema: Tool['params_schema'], payload: unknown) => RawError[];

export interface Draft {
  values: Values;
  choices: (string | null)[];
}

export interface Origin {
  id: string;
  number: number;
}

export class FormModel extends Model {
  private _values: Values = {};
  private _choices: (string | null)[] = [];
  private _form: FormSchema;
  private _attempted = false;
  private _sending = false;
  private _failure: Failure | null = null;
  private _refused: ErrorDetail | null = null;
  private _origin: Origin | null = null;
  private _unfolded = false;
  private _key = UUID.uuid4();
  private _validate: Validate | null = null;
  private _problems: Map<string, string> | null = null;
  private _revision = 0;

  constructor(
    private _tool: Tool,
    private readonly _client: ApiClient,
    private readonly _save: (draft: Draft) => void
  ) {
    super();
    this._form = formSchema(_tool.params_schema, {});
  }

  get tool(): Tool {
    return this._tool;
  }

  get form(): FormSchema {
    return this._form;
  }

  /** Values that were set; what is absent is left to the tool's default. */
  get values(): Values {
    return this._values;
  }

  get sending(): boolean {
    return this._sending;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  /** The run that the values were taken from. */
  get origin(): Origin | null {
    return this._origin;
  }

  get unfolded(): boolean {
    return this._unfolded;
  }

  /** Grows when values come from elsewhere than the form's own controls, whose half-written texts go then. */
  get revision(): number {
    return this._revision;
  }

  get payload(): Values {
    return payloadOf(this._form, this._values, this._choices);
  }

  get folded(): string[] {
    return foldedFields(this._form);
  }

  get changedFields(): string[] {
    return Object.keys(this.payload).filter(name => this.isChanged(name));
  }

  isChanged(name: string): boolean {
    const value = this._values[name];
    return value !== undefined && !sameJson(value, this._form.properties[name]?.default);
  }

  chosen(index: number): string | null {
    const group = this._form.exclusive[index];
    return this._choices[index] ?? (group ? chosenField(group, this._values) : null);
  }

  /** What is said at a field: by its path, with the choice groups under the path of their first field. */
  get problems(): ReadonlyMap<string, string> {
    this._problems ??= this._findProblems();
    return this._problems;
  }

  setValidate(validate: Validate): void {
    this._validate = validate;
    this._touch();
  }

  /** The tool was changed on disk; the values stay. */
  setTool(tool: Tool): void {
    this._tool = tool;
    this._touch();
  }

  setValues(values: Values): void {
    this._values = dropUndefined({ ...this._values, ...values });
    this._key = UUID.uuid4();
    this._refused = null;
    this._failure = null;
    this._store();
  }

  reset(name: string): void {
    this._revision += 1;
    this.setValues({ [name]: undefined });
  }

  choose(index: number, field: string | null): void {
    const group: ExclusiveGroup | undefined = this._form.exclusive[index];
    if (!group) {
      return;
    }
    this._choices[index] = field;
    const values: Values = {};
    for (const name of group.fields) {
      const property = this._form.properties[name];
      if (property?.type === 'boolean') {
        values[name] = name === field ? true : undefined;
      } else if (field === null) {
        values[name] = undefined;
      } else if (name === field) {
        values[name] = this._values[name] ?? property?.default ?? undefined;
      }
    }
    this.setValues(values);
  }

  unfold(open: boolean): void {
    this._unfolded = open;
    this.notify();
  }

  useDefaults(): void {
    this._load({ values: {}, choices: [] }, null);
  }

  useRun(run: Run): void {
    this._load({ values: run.params, choices: [] }, { id: run.id, number: run.number });
  }

  forgetOrigin(): void {
    this._origin = null;
    this.notify();
  }

  restore(draft: Draft): void {
    this._values = draft.values;
    this._choices = draft.choices;
    this._touch();
  }

  /** The run of the last submit of this tool, for "Use last run"; null where there is none. */
  async lastRun(): Promise<Run | null> {
    try {
      const page = await this._client.runs({ tool: this._tool.name, limit: 1 });
      this._failure = null;
      return page.items[0] ?? null;
    } catch (error) {
      this._failure = failureOf(error);
      this.notify();
      return null;
    }
  }

  sayNoLastRun(): void {
    this._failure ??= { message: trans.__('This tool has not run yet.'), offline: false, missing: true };
    this.notify();
  }

  /** Send the values. Null where they are not valid or were refused; then problems or failure say why. */
  async submit(): Promise<Run | null> {
    if (this._sending) {
      return null;
    }
    this._attempted = true;
    this._refused = null;
    this._failure = null;
    this._touch();
    if (this.problems.size > 0) {
      this._unfoldProblem();
      return null;
    }
    this._sending = true;
    this.notify();
    try {
      const run = await this._client.submit(this._tool.name, this.payload, this._key);
      this._key = UUID.uuid4();
      this._attempted = false;
      return run;
    } catch (error) {
      this._refuse(error);
      return null;
    } finally {
      this._sending = false;
      this.notify();
    }
  }

  private _load(draft: Draft, origin: Origin | null): void {
    this._values = { ...draft.values };
    this._choices = [...draft.choices];
    this._origin = origin;
    this._attempted = false;
    this._refused = null;
    this._failure = null;
    this._key = UUID.uuid4();
    this._revision += 1;
    this._store();
  }

  private _store(): void {
    const open = Object.entries(this._values).filter(([name]) => this._form.properties[name]?.['x-secret'] !== true);
    this._save({ values: Object.fromEntries(open), choices: this._choices });
    this._touch();
  }

  private _touch(): void {
    this._form = formSchema(this._tool.params_schema, this._values);
    this._problems = null;
    this.notify();
  }

  private _refuse(error: unknown): void {
    const field = error instanceof ApiError ? error.detail.field : null;
    if (error instanceof ApiError && field) {
      this._refused = { ...error.detail, field: field.replace(/^params\./, '').replace(/\[(\d+)\]/g, '.$1') };
      this._problems = null;
      if (this.problems.has(this._refused.field ?? '')) {
        this._unfoldProblem();
        return;
      }
    }
    this._failure = failureOf(error);
  }

  private _unfoldProblem(): void {
    const folded = this.folded;
    if ([...this.problems.keys()].some(path => folded.includes(path.split('.')[0] ?? ''))) {
      this._unfolded = true;
    }
  }

  private _findProblems(): Map<string, string> {
    const payload = this.payload;
    const problems = new Map<string, string>();
    const errors = this._validate?.(this._tool.params_schema, readable(payload)) ?? [];
    for (const problem of problemsOf(errors, this._form, payload)) {
      if (this._attempted || this._isWritten(problem, payload)) {
        problems.set(problem.path, sentenceOf(problem, payload));
      }
    }
    if (this._attempted) {
      for (const group of missingChoices(this._form, payload)) {
        problems.set(group.fields[0] ?? '', trans.__('Choose one of these.'));
      }
      for (const name of this._choices) {
        if (name !== null && payload[name] === undefined) {
          problems.set(name, trans.__('A value is needed here.'));
        }
      }
    }
    if (this._refused?.field) {
      const name = this._refused.field.split('.')[0] ?? '';
      if (name in this._form.properties) {
        problems.set(this._refused.field, [this._refused.message, this._refused.hint].filter(Boolean).join(' '));
      }
    }
    return problems;
  }

  /** What nobody has written yet is no mistake before Run is pressed. */
  private _isWritten(problem: Problem, payload: Values): boolean {
    return problem.keyword !== 'required' && payload[problem.path.split('.')[0] ?? ''] !== undefined;
  }
}

function dropUndefined(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
