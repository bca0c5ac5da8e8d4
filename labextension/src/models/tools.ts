/** All tools, live. */

import type { ApiClient } from '../api/client';
import type { Tool, ToolName } from '../api/types';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

const READING_MS = 1_000;

export class ToolsModel extends Model {
  private _tools: Tool[] = [];
  private _loaded = false;
  private _reading = false;
  private _failure: Failure | null = null;
  private _fetching: Promise<void> | null = null;
  private _again = false;
  private _wasLive = true;
  private _readingTimer = 0;

  constructor(
    private readonly _client: ApiClient,
    events: EventsConnection
  ) {
    super();
    events.toolsChanged.connect(() => void this.refresh());
    events.gap.connect(() => void this.refresh());
    events.changed.connect(() => {
      // Changes of tools are told once: those of a time without connection are only found by looking.
      const isLive = events.state === 'live';
      if (isLive && (this._failure || (this._loaded && !this._wasLive))) {
        void this.refresh();
      }
      this._wasLive = isLive;
    });
  }

  get tools(): readonly Tool[] {
    return this._tools;
  }

  get loaded(): boolean {
    return this._loaded;
  }

  /** Whether toolboxes are still being read, so that more tools will come. */
  get reading(): boolean {
    return this._reading;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  /** The tool of this full name; of a short name where it is the only one. */
  find(name: ToolName): Tool | undefined {
    const exact = this._tools.find(tool => tool.name === name);
    if (exact) {
      return exact;
    }
    const short = this._tools.filter(tool => tool.short_name === name);
    return short.length === 1 ? short[0] : undefined;
  }

  /** Fetch the tools; calls while one is under way are answered by one more. */
  refresh(): Promise<void> {
    if (this._fetching) {
      this._again = true;
      return this._fetching;
    }
    this._fetching = this._fetch().finally(() => {
      this._fetching = null;
      if (this._again) {
        this._again = false;
        void this.refresh();
      }
    });
    return this._fetching;
  }

  private async _fetch(): Promise<void> {
    try {
      this._tools = await this._client.tools();
      this._loaded = true;
      this._failure = null;
      await this._askWhetherReading();
    } catch (error) {
      this._failure = failureOf(error);
    }
    this.notify();
  }

  /** An empty list may only mean that reading has not come that far. */
  private async _askWhetherReading(): Promise<void> {
    const before = this._reading;
    this._reading = this._tools.length === 0 && (await this._client.health()).reading;
    window.clearTimeout(this._readingTimer);
    if (this._reading) {
      this._readingTimer = window.setTimeout(() => void this.refresh(), READING_MS);
    } else if (before) {
      this._again = true;
    }
  }
}
