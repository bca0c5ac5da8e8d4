/** What is around the views of a page: the models that they share, and Lab's own pages where there is Lab. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { OfflineError } from '../api/client';
import type { RunId } from '../api/types';
import type { FormServices } from '../components/form/context';
import { formServicesOf } from '../formServices';
import { SavedViewsModel } from '../models/savedViews';
import type { ToolsModel } from '../models/tools';
import { UploadsModel } from '../models/uploads';
import { CommandIDs, type IToolRunner } from '../tokens';
import { openWindow } from '../window';
import { place } from './place';

export class Surroundings {
  private _runner: IToolRunner | null = null;
  private _services: Omit<FormServices, 'formKey'> | null = null;
  private _instance: Promise<string | null> | null = null;
  private _hasTools = false;
  private _views: SavedViewsModel | null = null;

  constructor(
    private readonly _commands: CommandRegistry | null,
    readonly rendermime: IRenderMimeRegistry | null
  ) {}

  /** The models of this window; the first view that asks for them has them connect. */
  get runner(): IToolRunner {
    if (!this._runner) {
      this._runner = openWindow();
      this._runner.events.start();
    }
    return this._runner;
  }

  get services(): Omit<FormServices, 'formKey'> {
    this._services ??= formServicesOf(this.runner, new UploadsModel(this.runner.client, null), id => this.openRun(id));
    return this._services;
  }

  /** All tools, from the first view on that asks for them. */
  get tools(): ToolsModel {
    const { tools } = this.runner;
    if (!this._hasTools) {
      this._hasTools = true;
      void tools.refresh();
    }
    return tools;
  }

  /** Views of the history that this person keeps. */
  get views(): SavedViewsModel {
    if (!this._views) {
      this._views = new SavedViewsModel(this.runner.preferences);
      void this.runner.preferences.refresh();
    }
    return this._views;
  }

  /** Which database the server of this page works with; null where it has no tools at all. Throws OfflineError. */
  instance(): Promise<string | null> {
    this._instance ??= this._askInstance();
    return this._instance;
  }

  private async _askInstance(): Promise<string | null> {
    try {
      return (await this.runner.client.health()).instance;
    } catch (error) {
      if (error instanceof OfflineError) {
        this._instance = null;
        throw error;
      }
      return null;
    }
  }

  /** Whether Lab has our pages. */
  get hasPages(): boolean {
    return this._commands?.hasCommand(CommandIDs.openRun) ?? false;
  }

  execute(command: string, args: ReadonlyPartialJSONObject): void {
    if (this._commands?.hasCommand(command)) {
      void this._commands.execute(command, args);
    }
  }

  openRun(id: RunId): void {
    this.execute(CommandIDs.openRun, { id });
  }
}

let surroundings: Surroundings | null = null;

/** Of this page: one connection to the server for all views. */
export function theSurroundings(): Surroundings {
  surroundings ??= new Surroundings(place.commands, place.rendermime);
  return surroundings;
}
