/** The code of the tool as a run had it, and what became of it since. */

import type { ApiClient } from '../api/client';
import type { Code, CodeFile, ToolName } from '../api/types';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

export class SourceModel extends Model {
  private _then: Code | null = null;
  private _now: Code | null = null;
  private _chosen: string | null = null;
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

  /** The files of then, the tool's own first, and those that came since. */
  get paths(): readonly string[] {
    const all = [...(this._then?.files ?? []), ...((this.hasChanged && this._now?.files) || [])];
    return [...new Set(all.map(({ path }) => path))];
  }

  /** The one that is looked at. */
  get path(): string | null {
    return this.paths.find(path => path === this._chosen) ?? this.paths[0] ?? null;
  }

  choose(path: string | null): void {
    this._chosen = path;
    this.notify();
  }

  /** What a file was; undefined where it was not there, or not kept. */
  then(path: string): string | undefined {
    return textOf(this._then, path);
  }

  /** What it is today. */
  now(path: string): string | undefined {
    return textOf(this._now, path);
  }

  /** Whether a file is another one today. */
  differs(path: string): boolean {
    return this._now !== null && this.then(path) !== this.now(path);
  }

  /** Whether the tool is not there any more. */
  get isGone(): boolean {
    return this._now === null;
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
      const [then, now] = await Promise.all([this._client.code(this.tool, this.digest), this._today()]);
      this._then = then;
      this._now = now;
      this._failure = null;
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._loaded = true;
    this.notify();
  }

  private async _today(): Promise<Code | null> {
    try {
      return await this._client.code(this.tool);
    } catch (error) {
      if (failureOf(error).missing) {
        return null;
      }
      throw error;
    }
  }
}

function textOf(code: Code | null, path: string): string | undefined {
  return code?.files.find((file: CodeFile) => file.path === path)?.text;
}
