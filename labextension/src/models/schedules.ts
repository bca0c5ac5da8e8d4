/** Schedules, what became of them, and the one that is being made or changed. */

import type { ApiClient } from '../api/client';
import type { CatchUp, DueTime, Firing, Params, RuleRequest, Run, Schedule, ScheduleId, ToolName } from '../api/types';
import { leftOut } from '../logic/difference';
import { sameJson } from '../logic/json';
import { Looks } from '../logic/looks';
import { mergeRun } from '../logic/merge';
import { defaultTiming, localZone, ruleOf, timingOf, type Timing } from '../logic/schedules';
import type { Values } from '../logic/schema';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import type { FormModel } from './form';
import { Model } from './model';

export const MOST_SHOWN = 200;
const FIRINGS = 50;
/** After an event or a key, so that many of them are one question. */
const LOOK_MS = 300;

/** What is asked for in the dialog. */
export interface Draft {
  /** The one that is changed; null for a new one. */
  schedule: Schedule | null;
  tool: ToolName;
  params: Params;
  name: string;
  catchUp: CatchUp;
  timing: Timing;
  /** Of its values; null where the tool is not there to ask for them. */
  form: FormModel | null;
  /** Values that the tool has no field for any more. */
  leftOut: readonly string[];
  /** As the form has the values of the beginning. */
  before: Values;
}

/** What was done, with what takes it back. */
export interface ScheduleReport {
  kind: 'paused' | 'resumed' | 'removed' | 'kept';
  name: string;
  undo: (() => Promise<void>) | null;
}

export class SchedulesModel extends Model {
  private _items: Schedule[] = [];
  private _total = 0;
  private _words = '';
  private _loaded = false;
  private _failure: Failure | null = null;
  private _open: ScheduleId | null = null;
  private _detail: Schedule | null = null;
  private _firings: Firing[] | null = null;
  private _removing: ScheduleId | null = null;
  private _draft: Draft | null = null;
  private _preview: { words: string; next: DueTime[] } | null = null;
  private _refusal: Failure | null = null;
  private _saving = false;
  /** Which dialog it is: what is written in it makes another draft, but not another dialog. */
  private _dialog = 0;
  private _report: ScheduleReport | null = null;
  private readonly _looks = new Looks(() => this._fetch());
  private _asked = 0;
  private _timer = 0;
  private _previewTimer = 0;

  constructor(
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection,
    /** The form of a tool as it is now. */
    private readonly _formOf: (tool: ToolName) => FormModel | null
  ) {
    super();
    _events.scheduleChanged.connect(this._onSchedule, this);
    _events.runChanged.connect(this._onRun, this);
    _events.gap.connect(this._onSchedule, this);
    _events.changed.connect(this._onConnection, this);
    void this.refresh();
  }

  /** What is due first comes first. */
  get items(): readonly Schedule[] {
    return this._items;
  }

  get total(): number {
    return this._total;
  }

  get words(): string {
    return this._words;
  }

  get loaded(): boolean {
    return this._loaded;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  /** The schedule whose firings are shown. */
  get open(): ScheduleId | null {
    return this._open;
  }

  /** With its next ten firings; null until they are here. */
  get detail(): Schedule | null {
    return this._detail;
  }

  get firings(): readonly Firing[] | null {
    return this._firings;
  }

  /** The one that is asked about. */
  get removing(): ScheduleId | null {
    return this._removing;
  }

  get draft(): Draft | null {
    return this._draft;
  }

  get preview(): { words: string; next: readonly DueTime[] } | null {
    return this._preview;
  }

  /** Why the draft cannot be kept. */
  get refusal(): Failure | null {
    return this._refusal;
  }

  get saving(): boolean {
    return this._saving;
  }

  /** Whether the draft says when. */
  get canSave(): boolean {
    return this._draft !== null && ruleOf(this._draft.timing) !== null;
  }

  get report(): ScheduleReport | null {
    return this._report;
  }

  refresh(): Promise<void> {
    window.clearTimeout(this._timer);
    this._timer = 0;
    return this._looks.again();
  }

  private async _fetch(): Promise<void> {
    const words = this._words.trim();
    try {
      const page = await this._client.schedules({ limit: MOST_SHOWN, ...(words ? { q: words } : {}) });
      this._items = page.items;
      this._total = page.total;
      this._loaded = true;
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
    }
    this.notify();
    if (this._open !== null) {
      await this._lookInto(this._open);
    }
  }

  search(words: string): void {
    this._words = words;
    this.notify();
    this._plan();
  }

  /** Show what became of one, wherever in the list it stands. */
  async reveal(id: ScheduleId): Promise<void> {
    try {
      const { name, tool } = await this._client.schedule(id);
      this._words = this._items.some(each => each.id === id) ? '' : name || tool;
      if (this._open !== id) {
        this.toggle(id);
      }
    } catch (error) {
      this._failure = failureOf(error);
    }
    await this.refresh();
  }

  toggle(id: ScheduleId): void {
    this._open = this._open === id ? null : id;
    this._detail = null;
    this._firings = null;
    this.notify();
    if (this._open !== null) {
      void this._lookInto(id);
    }
  }

  pause(schedule: Schedule): Promise<void> {
    return this._change(async () => {
      await this._client.pauseSchedule(schedule.id);
      this._report = { kind: 'paused', name: titleOf(schedule), undo: () => this.resume(schedule) };
    });
  }

  resume(schedule: Schedule): Promise<void> {
    return this._change(async () => {
      await this._client.resumeSchedule(schedule.id);
      this._report = { kind: 'resumed', name: titleOf(schedule), undo: null };
    });
  }

  askToRemove(id: ScheduleId | null): void {
    this._removing = id;
    this.notify();
  }

  remove(schedule: Schedule): Promise<void> {
    return this._change(async () => {
      await this._client.removeSchedule(schedule.id);
      this._removing = null;
      if (this._open === schedule.id) {
        this._open = null;
      }
      this._report = { kind: 'removed', name: titleOf(schedule), undo: null };
    });
  }

  closeReport(): void {
    this._report = null;
    this.notify();
  }

  /** Ask when a tool is to be run with these values, or when a run ends. */
  begin(tool: ToolName, params: Params): void {
    this._begin({ schedule: null, tool, params, name: '', catchUp: 'one', timing: defaultTiming(localZone()) });
  }

  edit(schedule: Schedule): void {
    const { tool, params, name, catch_up, rule } = schedule;
    this._begin({ schedule, tool, params, name, catchUp: catch_up, timing: timingOf(rule) });
  }

  setDraft(changes: Partial<Draft>): void {
    if (this._draft) {
      this._draft = { ...this._draft, ...changes };
      this._refusal = null;
      this.notify();
    }
  }

  setTiming(changes: Partial<Timing>): void {
    if (this._draft) {
      this.setDraft({ timing: { ...this._draft.timing, ...changes } });
      this._planPreview();
    }
  }

  leaveDraft(): void {
    window.clearTimeout(this._previewTimer);
    this._forgetDraft();
    this.notify();
  }

  async save(): Promise<void> {
    const draft = this._draft;
    const rule = draft && ruleOf(draft.timing);
    if (!draft || !rule || this._saving) {
      return;
    }
    const dialog = this._dialog;
    this._saving = true;
    this.notify();
    try {
      const { form } = draft;
      // What the tool takes no longer is no reason to keep the time as it was.
      const sendsValues = form !== null && (draft.schedule === null || !sameJson(form.payload, draft.before));
      const kept = sendsValues ? await form.give(values => this._keep(draft, rule, values)) : await this._keep(draft, rule, draft.schedule ? null : draft.params);
      if (kept === null) {
        this._saving = false;
        this._refuse(dialog, form?.failure ?? null);
        return;
      }
      if (dialog === this._dialog) {
        this._forgetDraft();
      }
      this._report = { kind: 'kept', name: titleOf(kept), undo: null };
      this._failure = null;
      if (this._open !== kept.id) {
        this._open = kept.id;
        this._firings = null;
      }
      this._detail = kept;
    } catch (error) {
      this._saving = false;
      this._refuse(dialog, failureOf(error));
      if (dialog !== this._dialog) {
        return;
      }
    }
    this._saving = false;
    await this.refresh();
  }

  /** Said in the dialog that was answered; where that is closed, above the list. */
  private _refuse(dialog: number, failure: Failure | null): void {
    if (dialog === this._dialog) {
      this._refusal = failure;
    } else {
      this._failure = failure;
    }
    this.notify();
  }

  override dispose(): void {
    window.clearTimeout(this._timer);
    window.clearTimeout(this._previewTimer);
    this._forgetDraft();
    this._events.scheduleChanged.disconnect(this._onSchedule, this);
    this._events.runChanged.disconnect(this._onRun, this);
    this._events.gap.disconnect(this._onSchedule, this);
    this._events.changed.disconnect(this._onConnection, this);
    super.dispose();
  }

  private _keep(draft: Draft, rule: RuleRequest, values: Params | null): Promise<Schedule> {
    const { schedule, tool, name, catchUp } = draft;
    return schedule
      ? this._client.changeSchedule(schedule.id, { name, catch_up: catchUp, rule, ...(values === null ? {} : { params: values }) })
      : this._client.addSchedule({ tool, params: values ?? {}, name, catch_up: catchUp, priority: 'default', rule });
  }

  private _forgetDraft(): void {
    this._draft?.form?.dispose();
    this._draft = null;
    this._dialog += 1;
  }

  private _begin(asked: Omit<Draft, 'form' | 'leftOut' | 'before'>): void {
    this._forgetDraft();
    const form = this._formOf(asked.tool);
    form?.fill(asked.params);
    form?.takeUploads();
    this._draft = { ...asked, form, leftOut: form ? leftOut(form.tool.params_schema, asked.params) : [], before: form?.payload ?? {} };
    this._preview = null;
    this._refusal = null;
    this.notify();
    void this._look();
  }

  private _planPreview(): void {
    window.clearTimeout(this._previewTimer);
    this._previewTimer = window.setTimeout(() => void this._look(), LOOK_MS);
  }

  /** What the rule of the draft means. */
  private async _look(): Promise<void> {
    const rule = this._draft && ruleOf(this._draft.timing);
    const asked = ++this._asked;
    if (!rule) {
      this._preview = null;
      this.notify();
      return;
    }
    try {
      const { words, next } = await this._client.previewSchedule(rule);
      if (asked === this._asked) {
        this._preview = { words, next };
        this._refusal = null;
      }
    } catch (error) {
      if (asked === this._asked) {
        this._preview = null;
        this._refusal = failureOf(error);
      }
    }
    this.notify();
  }

  private async _lookInto(id: ScheduleId): Promise<void> {
    try {
      const [detail, page] = await Promise.all([this._client.schedule(id), this._client.firings(id, FIRINGS)]);
      if (this._open === id) {
        this._detail = detail;
        this._firings = page.items;
      }
    } catch (error) {
      const failure = failureOf(error);
      if (failure.missing && this._open === id) {
        this._open = null;
      } else {
        this._failure = failure;
      }
    }
    this.notify();
  }

  private async _change(call: () => Promise<void>): Promise<void> {
    try {
      await call();
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
      this._removing = null;
      this.notify();
      return;
    }
    await this.refresh();
  }

  private _plan(): void {
    if (this._timer === 0) {
      this._timer = window.setTimeout(() => void this.refresh(), LOOK_MS);
    }
  }

  private _onSchedule(): void {
    this._plan();
  }

  private _onRun(_: EventsConnection, run: Run): void {
    const merged = <T extends Firing | null | undefined>(firing: T): T =>
      firing?.run_shape?.id === run.id ? { ...firing, run_shape: mergeRun(firing.run_shape, run) } : firing;
    if (this._items.some(item => item.last?.run === run.id) || this._firings?.some(firing => firing.run === run.id)) {
      this._items = this._items.map(item => (item.last?.run === run.id ? { ...item, last: merged(item.last) } : item));
      this._firings = this._firings?.map(merged) ?? null;
      this.notify();
    }
  }

  private _onConnection(): void {
    if (this._events.state === 'live' && this._failure?.offline) {
      void this.refresh();
    }
  }
}

/** What people call it. */
export function titleOf(schedule: Schedule): string {
  return schedule.name || schedule.tool;
}
