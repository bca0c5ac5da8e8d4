/** What plugins give each other. */

import { Token } from '@lumino/coreutils';

import type { ApiClient } from './api/client';
import type { RunId } from './api/types';
import type { EventsConnection } from './models/events';
import type { ActivityModel, RunsModel } from './models/runs';
import type { ToolsModel } from './models/tools';
import type { PreviewRegistry } from './previews/registry';

/** The models of this browser window. */
export interface IToolRunner {
  readonly client: ApiClient;
  readonly events: EventsConnection;
  readonly tools: ToolsModel;
  /** The latest runs. */
  readonly recent: RunsModel;
  readonly activity: ActivityModel;
  readonly previews: PreviewRegistry;
  /** Runs that this window started, and says the end of. */
  readonly started: Set<RunId>;
}

export const IToolRunner = new Token<IToolRunner>(
  'jupyter-toolrunner:IToolRunner',
  'Tools and runs of this server, live, and the registry of previews.'
);

export namespace CommandIDs {
  export const openPanel = 'toolrunner:open-panel';
  export const openTool = 'toolrunner:open-tool';
  export const openRun = 'toolrunner:open-run';
  export const openHistory = 'toolrunner:open-history';
  export const editRun = 'toolrunner:edit-and-run-again';
  export const runForm = 'toolrunner:run-form';
  export const copyRun = 'toolrunner:copy-run';
  export const openPermalink = 'toolrunner:open-permalink';
}
