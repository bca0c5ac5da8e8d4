/** Where tools come from: the toolboxes of the server, and adding one. */

import type { ApiClient } from '../api/client';
import type { Tool, Toolbox } from '../api/types';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';
import type { ToolsModel } from './tools';

export class ToolboxesModel extends Model {
  private _toolboxes: readonly Toolbox[] = [];
  private _loaded = false;
  private _open = false;
  private _path = '';
  private _busy = false;
  private _failure: Failure | null = null;
  private _focusRequest = 0;

  constructor(
    private readonly _client: ApiClient,
    private readonly _tools: ToolsModel,
    events: EventsConnection,
    /** Called with the tools of a toolbox that was just added. */
    private readonly _onAdded: (toolbox: Toolbox, tools: readonly Tool[]) => void
  ) {
    super();
    events.toolsChanged.connect(() => void (this._open && this.refresh()));
  }

  get toolboxes(): readonly Toolbox[] {
    return this._toolboxes;
  }

  get loaded(): boolean {
    return this._loaded;
  }

  /** Whether the page of the toolboxes is shown. */
  get open(): boolean {
    return this._open;
  }

  get path(): string {
    return this._path;
  }

  /** While a toolbox is being added or removed. */
  get busy(): boolean {
    return this._busy;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  /** Grows when the path asks for the focus. */
  get focusRequest(): number {
    return this._focusRequest;
  }

  show(path = ''): void {
    this._open = true;
    this._path = path;
    this._failure = null;
    this._focusRequest += 1;
    this.notify();
    void this.refresh();
  }

  hide(): void {
    this._open = false;
    this.notify();
  }

  setPath(path: string): void {
    this._path = path;
    this._failure = null;
    this.notify();
  }

  async refresh(): Promise<void> {
    try {
      this._toolboxes = await this._client.toolboxes();
      this._loaded = true;
    } catch (error) {
      this._failure = failureOf(error);
    }
    this.notify();
  }

  async add(): Promise<void> {
    await this._attempt(async () => {
      const toolbox = await this._client.addToolbox(this._path);
      await this._tools.refresh();
      this._path = '';
      this._open = false;
      this._onAdded(toolbox, toolsOf(toolbox, this._tools.tools));
    });
  }

  async remove(toolbox: Toolbox): Promise<void> {
    await this._attempt(() => this._client.removeToolbox(toolbox.id));
  }

  /** The tools of this file; those of a folder that is a toolbox, or is inside of one. */
  toolsAt(path: string): Tool[] {
    return this._tools.tools.filter(tool => tool.path === path || tool.path?.startsWith(`${path}/`));
  }

  private async _attempt(work: () => Promise<void>): Promise<void> {
    if (this._busy) {
      return;
    }
    this._busy = true;
    this._failure = null;
    this.notify();
    try {
      await work();
    } catch (error) {
      this._failure = failureOf(error);
    }
    this._busy = false;
    await this.refresh();
  }
}

function toolsOf(toolbox: Toolbox, tools: readonly Tool[]): Tool[] {
  return tools.filter(tool => tool.path === toolbox.place || tool.path?.startsWith(`${toolbox.place}/`));
}
