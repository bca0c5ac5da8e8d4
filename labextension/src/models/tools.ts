/** All tools, live, in the language of the page. */

import type { ApiClient, ToolList } from '../api/client';
import type { Tool, ToolName } from '../api/types';
import { localised } from '../logic/languages';
import { SearchIndex, type Stemmer } from '../logic/search';
import { locale } from '../translation';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

const READING_MS = 1_000;

/** How far the reading of toolboxes has come. */
export interface Reading {
  readonly read: number;
  readonly files: number;
}

export class ToolsModel extends Model {
  private _tools: Tool[] = [];
  private _byName = new Map<ToolName, Tool>();
  private _byShortName = new Map<string, Tool[]>();
  private _tag: string | null = null;
  private _loaded = false;
  private _reading: Reading | null = null;
  private _failure: Failure | null = null;
  private _fetching: Promise<void> | null = null;
  private _next: Promise<void> | null = null;
  private _wasLive = true;
  private _readingTimer = 0;
  private _index: SearchIndex | null = null;
  private _stem: Stemmer | null = null;

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

  /** While toolboxes are being read, so that more tools will come. */
  get reading(): Reading | null {
    return this._reading;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  /** The tool of this full name; of a short name where it is the only one. */
  find(name: ToolName): Tool | undefined {
    const short = this._byShortName.get(name) ?? [];
    return this._byName.get(name) ?? (short.length === 1 ? short[0] : undefined);
  }

  /** Whether the short name is enough to know the tool by. */
  isAlone(tool: Tool): boolean {
    return (this._byShortName.get(tool.short_name)?.length ?? 0) < 2;
  }

  /** Ranked, the best first; all for an empty query. Word forms count once their rules are loaded. */
  search(query: string): Tool[] {
    if (query.trim() !== '' && this._stem === null) {
      this._stem = word => word;
      void this._loadStems();
    }
    this._index ??= new SearchIndex(this._tools);
    return this._index.search(query, this._stem ?? (word => word));
  }

  /** Fetch the tools; calls while one is under way wait for one more, which answers all of them. */
  refresh(): Promise<void> {
    if (this._fetching) {
      this._next ??= this._fetching.then(() => {
        this._next = null;
        return this.refresh();
      });
      return this._next;
    }
    this._fetching = this._fetch().finally(() => {
      this._fetching = null;
    });
    return this._fetching;
  }

  private async _fetch(): Promise<void> {
    try {
      const list = await this._client.tools(this._tag);
      if (list.tools !== null) {
        this._take(list.tools);
      }
      this._tag = list.tag;
      this._loaded = true;
      this._failure = null;
      this._waitForMore(list);
    } catch (error) {
      this._failure = failureOf(error);
    }
    this.notify();
  }

  private _take(tools: readonly Tool[]): void {
    const language = locale();
    this._tools = tools.map(tool => localised(tool, language));
    this._index = null;
    this._byName = new Map(this._tools.map(tool => [tool.name, tool]));
    this._byShortName = new Map();
    for (const tool of this._tools) {
      const others = this._byShortName.get(tool.short_name);
      if (others) {
        others.push(tool);
      } else {
        this._byShortName.set(tool.short_name, [tool]);
      }
    }
  }

  private _waitForMore(list: ToolList): void {
    this._reading = list.reading;
    window.clearTimeout(this._readingTimer);
    if (this._reading) {
      this._readingTimer = window.setTimeout(() => void this.refresh(), READING_MS);
    }
  }

  private async _loadStems(): Promise<void> {
    try {
      const { stemOf } = await import('../logic/stems');
      this._stem = stemOf;
      this.notify();
    } catch {
      // Without a connection words are found as they are; the next search tries again.
      this._stem = null;
    }
  }
}
