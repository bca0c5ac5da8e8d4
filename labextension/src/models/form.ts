/** The values of one tool's form: what is set, what is wrong with it, and how it becomes a run. */

import { UUID } from '@lumino/coreutils';

import { ApiError, type ApiClient } from '../api/client';
import type { ErrorDetail, Forecast, Preset, Priority, Run, Tool } from '../api/types';
import { differences, leftOut } from '../logic/difference';
import { stringifyExact } from '../logic/exact';
import { withoutSecrets } from '../logic/formLink';
import { pathOfId, withValue } from '../logic/fieldPath';
import { sameJson } from '../logic/json';
import { mergeRun, stillWaits } from '../logic/merge';
import {
  chosenField,
  foldedFields,
  formSchema,
  payloadOf,
  type ExclusiveGroup,
  type FormSchema,
  type Values
} from '../logic/schema';
import { referencePaths } from '../logic/reference';
import { unreadablePaths } from '../logic/unreadable';
import { missingChoices, problemsOf, readable, type Problem, type RawError } from '../logic/validation';
import { trans } from '../translation';
import { AfterModel } from './after';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';
import { PresetsModel } from './presets';
import { sentenceOf } from './problemText';
import { RunsModel } from './runs';
import type { UploadsModel, UploadTask } from './uploads';

/** Validates a payload against a schema; loaded with the form, because it is large. */
export type Validate = (schema: Tool['params_schema'], payload: unknown) => RawError[];

export interface Draft {
  values: Values;
  choices: (string | null)[];
}

/** Where the values came from. */
export type Origin =
  | { kind: 'run'; id: string; number: number }
  | { kind: 'preset'; id: string; name: string }
  | { kind: 'link' }
  | { kind: 'defaults' };

interface Loaded {
  origin: Origin;
  /** Names that the form has no field for any more. */
  leftOut: readonly string[];
  /** What was there before. */
  before: Draft;
  /** As they were taken over. */
  values: Values;
}

/** Of the form in the sidebar. The keys of its uploads, which outlive a page, have it too. */
const ROOT = 'trn-form';

/** Milliseconds after which whoever writes is taken to have paused. */
const PAUSE_MS = 300;

/** Runs whose values are offered. */
const PAST = 10;

export class FormModel extends Model {
  readonly presets: PresetsModel;
  /** The runs that one with these values shall wait for. */
  readonly after: AfterModel;
  /** The last runs of the tool. */
  readonly past: RunsModel;
  private _values: Values = {};
  private _choices: (string | null)[] = [];
  private _form: FormSchema;
  private _attempted = false;
  private _sending = false;
  private _failure: Failure | null = null;
  private _refused: ErrorDetail | null = null;
  private _loaded: Loaded | null = null;
  private _restored = false;
  /** Fields that were left once: what is wrong with them is said. */
  private _visited = new Set<string>();
  private _unfolded = false;
  /** Whether the values of before a reload are here, so that more may come to them. */
  private _prepared = false;
  private _key = UUID.uuid4();
  private _validate: Validate | null = null;
  private _problems: Map<string, string> | null = null;
  private _revision = 0;
  private _earlier: Run | null = null;
  /** Of the values that were looked for last. */
  private _looked = '';
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _forecast: Forecast | null = null;
  /** Of the values whose duration was asked for last. */
  private _foreseen = '';
  private _forecastTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private _tool: Tool,
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection,
    private readonly _uploads: UploadsModel,
    private readonly _save: (draft: Draft) => void,
    private _target: Run | null = null,
    /** What the ids of its controls begin with: no two forms of one page have the same. */
    readonly root = ROOT
  ) {
    super();
    this.presets = new PresetsModel(_tool.name, _client, _events);
    this.after = new AfterModel(_events);
    this.past = new RunsModel(_client, _events, { tool: _tool.name }, PAST);
    this._form = formSchema(_tool.params_schema, {});
    this.after.edited.connect(this._onEditedAfter, this);
    this.after.changed.connect(this.notify, this);
    _uploads.changed.connect(this._onUploads, this);
    _events.changed.connect(this._onConnection, this);
    _events.runChanged.connect(this._onRun, this);
    if (_target) {
      this.useRun(_target);
    }
    this._lookForEarlier();
  }

  /** Fetch what the form offers beside its fields; one that nobody touched opens with the preset chosen for that. */
  async prepare(): Promise<void> {
    this.takeUploads();
    await Promise.all([this.presets.refresh(), this.past.refresh()]);
    const preset = this.presets.default;
    if (preset && !this.isTouched) {
      this.usePreset(preset);
    }
  }

  override dispose(): void {
    clearTimeout(this._timer);
    clearTimeout(this._forecastTimer);
    this._looked = '';
    this._foreseen = '';
    this.presets.dispose();
    this.after.dispose();
    this.past.dispose();
    this._uploads.changed.disconnect(this._onUploads, this);
    this._events.changed.disconnect(this._onConnection, this);
    this._events.runChanged.disconnect(this._onRun, this);
    super.dispose();
  }

  /** Another request, which nobody has refused yet. */
  private _onEditedAfter(): void {
    this._key = UUID.uuid4();
    this._failure = null;
  }

  /** That there was no connection need not be said where there is one again; pressing Run is the person's. */
  private _onConnection(): void {
    if (this._events.state === 'live' && this._failure?.offline) {
      this._failure = null;
      this.notify();
    }
  }

  get tool(): Tool {
    return this._tool;
  }

  /** The run that waits and whose values are changed here; null where the values become a new run. */
  get target(): Run | null {
    return this._target;
  }

  /** Whether the run has begun, or ended, before its new values were saved. */
  get isTooLate(): boolean {
    return this._target !== null && !stillWaits(this._target.status);
  }

  /** The run that was the same as one with these values would be, whose result that would take. */
  get earlier(): Run | null {
    return this._target ? null : this._earlier;
  }

  /** How long a run with these values will take; null where nobody can say, or where none would be made. */
  get forecast(): Forecast | null {
    return this._target || this.earlier || this._forecast?.one === null ? null : this._forecast;
  }

  /** What tells this form from all others. */
  get key(): string {
    return this._target ? `${this._tool.name}#${this._target.id}` : this._tool.name;
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

  /** Where the values were taken from, until that is hidden. */
  get origin(): Origin | null {
    return this._loaded?.origin ?? null;
  }

  /** Whether a value is another one than where they were taken from. */
  get isChangedSince(): boolean {
    return this._loaded !== null && differences(this._tool.params_schema, this.payload, this._loaded.values).length > 0;
  }

  /** Values that were not taken over: the tool has no such field any more. */
  get leftOut(): readonly string[] {
    return this._loaded?.leftOut ?? [];
  }

  get canUndo(): boolean {
    return this._loaded !== null && Object.keys(this._loaded.before.values).length > 0;
  }

  /** Whether anything was written or taken over, in this window or before a reload. */
  get isTouched(): boolean {
    return this._restored || this._loaded !== null || Object.keys(this._values).length > 0;
  }

  /** What may be kept or shown to others: all that would be sent but secrets. */
  get openValues(): Values {
    return withoutSecrets(this._form.properties, this.payload);
  }

  /** Whether the open values can be kept or shown as they are; where not, what is wrong is said. */
  mayGiveAway(): boolean {
    const broken = unreadablePaths(this.openValues);
    if (broken.length === 0) {
      return true;
    }
    broken.forEach(path => this._visited.add(topOf(path)));
    this._problems = null;
    this._unfoldProblem();
    const message = trans.__('What stands in %1 is not JSON yet, so that it can be neither kept nor copied.', broken.join(', '));
    this.fail({ message, hint: trans.__('Finish or empty it first.'), offline: false, missing: false });
    return false;
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

  /** What is not as it would be without this form: the tool's defaults, or the values that the run has. */
  get changedFields(): string[] {
    if (this._target) {
      return differences(this._tool.params_schema, this._target.params, this.payload).map(({ name }) => name);
    }
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
    this._load({}, { kind: 'defaults' });
  }

  useRun(run: Run): void {
    this._load(run.params, { kind: 'run', id: run.id, number: run.number });
  }

  usePreset(preset: Preset): void {
    this._load(preset.params, { kind: 'preset', id: preset.id, name: preset.name });
  }

  useLink(values: Values): void {
    this._load(values, { kind: 'link' });
  }

  /** The values on screen are a preset now. */
  nameOrigin(preset: Preset): void {
    const before = { values: {}, choices: [] };
    this._loaded = { origin: { kind: 'preset', id: preset.id, name: preset.name }, leftOut: [], before, values: this.payload };
    this.notify();
  }

  /** Take over the values of a run that lists show without all of them. */
  async takeRun(id: string): Promise<void> {
    try {
      this.useRun(await this._client.exactRun(id));
    } catch (error) {
      this.fail(failureOf(error));
    }
  }

  /** Take over the values of a preset that a link names. */
  async takePreset(id: string): Promise<void> {
    await this.presets.refresh();
    const preset = this.presets.find(id);
    if (preset) {
      this.usePreset(preset);
    } else if (this.presets.failure) {
      this.fail(this.presets.failure);
    } else {
      const message = trans.__('The preset of this link is not there, or it is not shared with you.');
      this.fail({ message, hint: trans.__('Ask for it to be shared, or fill in the form yourself.'), offline: false, missing: true });
    }
  }

  fail(failure: Failure): void {
    this._failure = failure;
    this.notify();
  }

  /** Back to what was there before values were taken over. */
  undo(): void {
    const before = this._loaded?.before;
    if (before) {
      this._replace(before);
      this._loaded = null;
      this._store();
    }
  }

  forgetOrigin(): void {
    this._loaded = null;
    this.notify();
  }

  restore(draft: Draft): void {
    this._restored = Object.keys(draft.values).length > 0;
    this._values = draft.values;
    this._choices = draft.choices;
    this._visited = new Set(Object.keys(draft.values));
    this._touch();
  }

  /** Take over values that need no explaining: whoever wrote them writes them here. */
  fill(values: Values): void {
    this._restored = Object.keys(values).length > 0;
    this._replace({ values, choices: [] });
    this._loaded = null;
    this._touch();
  }

  /** A field was left. */
  visit(name: string): void {
    if (name in this._form.properties && !this._visited.has(name)) {
      this._visited.add(name);
      this._problems = null;
      this.notify();
    }
  }

  /** Send the values. Null where they are not valid or were refused; then problems or failure say why. */
  submit(priority: Priority = 'default', reuse: boolean | null = null): Promise<Run | null> {
    const origin = this._target?.id ?? (this.origin?.kind === 'run' ? this.origin.id : null);
    return this._send(() => this._client.submit(this._tool.name, this.payload, this._key, { origin, priority, ...(reuse === null ? {} : { reuse }), ...this.after.request }));
  }

  /** Give all values to somebody else who sends them. False where they are not valid; then problems say why. */
  async hand(take: (values: Values) => void): Promise<boolean> {
    const handed = await this.give(values => {
      take(values);
      return Promise.resolve(true);
    });
    return handed === true;
  }

  /** The same where these wait for an answer. Null where the values were refused; then problems or failure say why. */
  give<T>(send: (values: Values) => Promise<T>): Promise<T | null> {
    return this._send(() => send(this.payload));
  }

  /** Give the values to the run that waits. Null where it did not take them; then problems, failure or `isTooLate` say why. */
  async saveChanges(): Promise<Run | null> {
    const target = this._target;
    if (!target || this.isTooLate) {
      return null;
    }
    const changed = await this._send(() => this._client.edit(target.id, { params: this.payload }));
    if (changed === null && this._failure && !this._failure.offline) {
      await this._lookAtTarget(target);
    }
    return changed;
  }

  /** From now on each file that is brought along becomes a value, of those as they are by then: two may end at once. */
  takeUploads(): void {
    this._prepared = true;
    for (const task of this._uploads.tasks) {
      const path = task.state === 'done' && task.id !== null ? this._pathOf(task) : null;
      const [name, ...rest] = path ?? [];
      if (name !== undefined) {
        const before = this._values[name] ?? this._form.properties[name]?.default;
        this.setValues({ [name]: withValue(before, rest, { artifact: task.id }) });
        this._uploads.forget(task.key);
      }
    }
  }

  private async _send<T>(call: () => Promise<T>): Promise<T | null> {
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
      const run = await call();
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

  /** Where it has begun meanwhile, that is what is said. */
  private async _lookAtTarget(target: Run): Promise<void> {
    try {
      this._onRun(this._events, await this._client.run(target.id));
    } catch {
      return;
    }
    if (this.isTooLate) {
      this._failure = null;
      this.notify();
    }
  }

  private _onRun(_: EventsConnection, run: Run): void {
    if (this._target?.id === run.id) {
      // The values that it had when the form was opened are what changes are told by.
      this._target = { ...mergeRun(this._target, run), params: this._target.params };
      this.notify();
    } else if (run.tool === this._tool.name && run.status === 'succeeded' && !run.reused) {
      // Its result may be the one.
      this._looked = '';
      this._lookForEarlier();
      this._foreseen = '';
      this._foresee();
    }
  }

  /** Where the tool lets results be taken again, ask for one as soon as nobody writes. */
  private _lookForEarlier(): void {
    if (this._target || this._tool.reuse !== true) {
      return;
    }
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this._look(), PAUSE_MS);
  }

  private async _look(): Promise<void> {
    const asked = `${this._tool.version} ${stringifyExact(this.payload)}`;
    if (asked === this._looked) {
      return;
    }
    this._looked = asked;
    // What cannot be run yet, or not asked for now, is the same as nothing.
    const found = await this._client.earlier(this._tool.name, this.payload).then(answer => answer.run ?? null, () => null);
    if (this._looked === asked) {
      this._earlier = found;
      this.notify();
    }
  }

  /** Ask how long it will take as soon as nobody writes; what was said before stays in sight until then. */
  private _foresee(): void {
    if (this._target) {
      return;
    }
    clearTimeout(this._forecastTimer);
    this._forecastTimer = setTimeout(() => void this._askForecast(), PAUSE_MS);
  }

  private async _askForecast(): Promise<void> {
    if (!this._isRunnable()) {
      this._foreseen = '';
      this._takeForecast(null);
      return;
    }
    // A value that another run leaves later is not there to be compared.
    const params = referencePaths(this.payload).length > 0 ? null : this.payload;
    const asked = `${this._tool.version} ${stringifyExact(params)}`;
    if (asked === this._foreseen) {
      return;
    }
    this._foreseen = asked;
    // Where it cannot be had nothing is missed.
    const forecast = await this._client.forecast(this._tool.name, params).catch(() => null);
    if (this._foreseen === asked) {
      this._takeForecast(forecast);
    }
  }

  private _takeForecast(forecast: Forecast | null): void {
    if (this._forecast !== forecast) {
      this._forecast = forecast;
      this.notify();
    }
  }

  /** Whether Run would send these values, which says less than `problems`: nobody is told of it. */
  private _isRunnable(): boolean {
    return this._validate !== null && this._findProblems(true).size === 0;
  }

  private _load(values: Values, origin: Origin): void {
    const gone = leftOut(this._tool.params_schema, values);
    const before = { values: this._values, choices: this._choices };
    const kept = Object.fromEntries(Object.entries(values).filter(([name]) => !gone.includes(name)));
    this._replace({ values: kept, choices: [] });
    this._loaded = { origin, leftOut: gone, before, values: kept };
    this._store();
  }

  private _replace(draft: Draft): void {
    this._values = { ...draft.values };
    this._choices = [...draft.choices];
    this._visited = new Set(Object.keys(draft.values));
    this._attempted = false;
    this._refused = null;
    this._failure = null;
    this._key = UUID.uuid4();
    this._revision += 1;
  }

  private _store(): void {
    this._save({ values: withoutSecrets(this._form.properties, this._values), choices: this._choices });
    this._touch();
  }

  private _touch(): void {
    this._form = formSchema(this._tool.params_schema, this._values);
    this._problems = null;
    this._earlier = null;
    this._looked = '';
    this._lookForEarlier();
    this._foresee();
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

  /** Fields whose file is on its way. */
  private _uploading(): string[][] {
    return this._uploads.tasks.filter(task => task.state !== 'done').flatMap(task => {
      const path = this._pathOf(task);
      return path === null ? [] : [path];
    });
  }

  /** The value that an upload is for; null where it is another form's, or its row of a list was removed. */
  private _pathOf(task: UploadTask): string[] | null {
    const mine = `${this.key}:${this.root}`;
    return task.key.startsWith(mine) ? pathOfId(task.key.slice(mine.length), this._form, this._values) : null;
  }

  private _onUploads(): void {
    if (this._prepared) {
      this.takeUploads();
    }
    if (this._attempted) {
      this._problems = null;
      this.notify();
    }
  }

  /** `strict`: as when Run is pressed. */
  private _findProblems(strict = this._attempted): Map<string, string> {
    const payload = this.payload;
    const problems = new Map<string, string>();
    const broken = unreadablePaths(payload);
    // What a run will leave is only known when it has.
    const later = referencePaths(payload);
    const errors = this._validate?.(this._tool.params_schema, readable(payload)) ?? [];
    for (const problem of problemsOf(errors, this._form, payload)) {
      if ([...broken, ...later].some(path => problem.path === path || problem.path.startsWith(`${path}.`))) {
        continue;
      }
      if (strict || this._isWritten(problem, payload)) {
        problems.set(problem.path, sentenceOf(problem, payload));
      }
    }
    for (const path of broken.filter(path => strict || this._visited.has(topOf(path)))) {
      problems.set(path, trans.__('This is not JSON yet.'));
    }
    if (strict) {
      for (const group of missingChoices(this._form, payload)) {
        problems.set(group.fields[0] ?? '', trans.__('Choose one of these.'));
      }
      for (const name of this._choices) {
        if (name !== null && payload[name] === undefined) {
          problems.set(name, trans.__('A value is needed here.'));
        }
      }
    }
    for (const path of strict ? this._uploading() : []) {
      problems.set(path.join('.'), trans.__('The file is not there yet. Wait for the end of its upload, or remove it.'));
    }
    if (this._refused?.field) {
      const name = this._refused.field.split('.')[0] ?? '';
      if (name in this._form.properties) {
        problems.set(this._refused.field, [this._refused.message, this._refused.hint].filter(Boolean).join(' '));
      }
    }
    return problems;
  }

  /** What nobody has written yet is no mistake before Run is pressed, nor what somebody is about to write. */
  private _isWritten(problem: Problem, payload: Values): boolean {
    const name = topOf(problem.path);
    return problem.keyword !== 'required' && payload[name] !== undefined && this._visited.has(name);
  }
}

function topOf(path: string): string {
  return path.split('.')[0] ?? '';
}

function dropUndefined(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
