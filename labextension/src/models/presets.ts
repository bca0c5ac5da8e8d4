/** The presets of one tool, in step with all other windows. */

import type { ApiClient } from '../api/client';
import type { Preset, PresetId, ToolName } from '../api/types';
import type { Values } from '../logic/schema';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

export class PresetsModel extends Model {
  private _presets: Preset[] = [];
  private _loaded = false;
  private _failure: Failure | null = null;
  private _generation = 0;
  private _newest: Promise<void> = Promise.resolve();
  private _wasLive = true;

  constructor(
    private readonly _tool: ToolName,
    private readonly _client: ApiClient,
    private readonly _events: EventsConnection
  ) {
    super();
    _events.presetsChanged.connect(this._onPresets, this);
    _events.gap.connect(this._onGap, this);
    _events.changed.connect(this._onConnection, this);
  }

  /** By name. */
  get presets(): readonly Preset[] {
    return this._presets;
  }

  get loaded(): boolean {
    return this._loaded;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  /** What the form opens with. */
  get default(): Preset | null {
    return this._presets.find(preset => preset.is_default && !preset.problem) ?? null;
  }

  find(id: PresetId): Preset | undefined {
    return this._presets.find(preset => preset.id === id);
  }

  /** One's own preset of this name. */
  own(name: string): Preset | undefined {
    const wanted = tidy(name);
    return this._presets.find(preset => preset.name === wanted && this.isOwn(preset));
  }

  /** Whether it may be changed here: it is no file, and not of somebody else. */
  isOwn(preset: Preset): boolean {
    return preset.mine;
  }

  /** When it has come, what the server has is known: an answer that a later question overtook waits for that one. */
  refresh(): Promise<void> {
    const generation = ++this._generation;
    this._newest = this._load(generation).then(() => (generation === this._generation ? undefined : this._newest));
    return this._newest;
  }

  private async _load(generation: number): Promise<void> {
    try {
      const presets = await this._client.presets(this._tool);
      if (generation === this._generation) {
        this._presets = presets;
        this._loaded = true;
        this._failure = null;
      }
    } catch (error) {
      if (generation === this._generation) {
        this._failure = failureOf(error);
      }
    }
    this.notify();
  }

  /** Keep values under a name; a preset of one's own that has it gets them. Null where it failed. */
  save(name: string, values: Values, shared: boolean): Promise<Preset | null> {
    const known = this.own(name);
    return this._change(() =>
      known
        ? this._client.changePreset(known.id, { params: values, shared })
        : this._client.savePreset({ tool: this._tool, name, params: values, shared, is_default: false })
    );
  }

  rename(preset: Preset, name: string): Promise<Preset | null> {
    return this._change(() => this._client.changePreset(preset.id, { name }));
  }

  share(preset: Preset, shared: boolean): Promise<Preset | null> {
    return this._change(() => this._client.changePreset(preset.id, { shared }));
  }

  openWith(preset: Preset | null): Promise<unknown> {
    return this._change(() => this._client.setDefaultPreset(this._tool, preset?.id ?? null));
  }

  delete(preset: Preset): Promise<Preset | null> {
    return this._change(() => this._client.deletePreset(preset.id));
  }

  /** Bring back what was deleted. */
  async restore(preset: Preset): Promise<void> {
    const { name, params, shared, is_default } = preset;
    await this._change(() => this._client.savePreset({ tool: this._tool, name, params, shared, is_default }));
  }

  forgetFailure(): void {
    this._failure = null;
    this.notify();
  }

  override dispose(): void {
    this._events.presetsChanged.disconnect(this._onPresets, this);
    this._events.gap.disconnect(this._onGap, this);
    this._events.changed.disconnect(this._onConnection, this);
    super.dispose();
  }

  private async _change<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await call();
      await this.refresh();
      return answer;
    } catch (error) {
      this._failure = failureOf(error);
      this.notify();
      return null;
    }
  }

  private _onPresets(_: EventsConnection, tool: ToolName): void {
    if (tool === this._tool) {
      void this.refresh();
    }
  }

  private _onGap(): void {
    void this.refresh();
  }

  private _onConnection(): void {
    const isLive = this._events.state === 'live';
    if (isLive && (!this._wasLive || this._failure?.offline)) {
      void this.refresh();
    }
    this._wasLive = isLive;
  }
}

/** As the server keeps it. */
function tidy(name: string): string {
  return name.trim().split(/\s+/).join(' ');
}
