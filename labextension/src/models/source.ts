/** The source of the tool as a run had it, and what became of it since. */

import type { ApiClient } from '../api/client';
import type { Tool, ToolName } from '../api/types';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

export class SourceModel extends Model {
  private _then: Tool | null = null;
  private _now: Tool | null = null;
  private _loaded = false;
  private _failure: Failure | null = null;

  constructor(
    readonly tool: ToolName,
    readonly digest: string,
    private readonly _client: ApiClient
  ) {
    super();
    void this.refresh();
  }

  /** The version that the run had. */
  get then(): Tool | null {
    return this._then;
  }

  /** The tool of today; null where it is gone. */
  get now(): Tool | null {
    return this._now;
  }

  get loaded(): boolean {
    return this._loaded;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  get hasChanged(): boolean {
    return this._now !== null && this._now.version !== this.digest;
  }

  async refresh(): Promise<void> {
    try {
      const [then, now] = await Promise.all([this._client.tool(this.tool, this.digest), this._today()]);
      this._then = then;
      this._now = now;
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._loaded = true;
    this.notify();
  }

  private async _today(): Promise<Tool | null> {
    try {
      return await this._client.tool(this.tool);
    } catch (error) {
      if (failureOf(error).missing) {
        return null;
      }
      throw error;
    }
  }
}
