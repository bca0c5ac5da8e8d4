/** What plugins give each other. */

import { Token } from '@lumino/coreutils';

import type { ApiClient } from './api/client';
import type { EventsConnection } from './models/events';
import type { HealthModel } from './models/health';
import type { PreferencesModel } from './models/preferences';
import type { ActivityModel, RunsModel } from './models/runs';
import type { SettingsModel } from './models/settings';
import type { StartedRuns } from './models/started';
import type { ToolsModel } from './models/tools';
import type { PreviewRegistry } from './previews/registry';

/** The models of this browser window. */
export interface IToolRunner {
  readonly client: ApiClient;
  readonly events: EventsConnection;
  readonly health: HealthModel;
  readonly tools: ToolsModel;
  /** Small state of this person, in step in all windows. */
  readonly preferences: PreferencesModel;
  /** The latest runs. */
  readonly recent: RunsModel;
  readonly activity: ActivityModel;
  readonly previews: PreviewRegistry;
  readonly settings: SettingsModel;
  /** Runs that this window started, and says the end of. */
  readonly started: StartedRuns;
}

export const IToolRunner = new Token<IToolRunner>(
  'jupyter-toolrunner:IToolRunner',
  'Tools and runs of this server, live, and the registry of previews.'
);

export const CommandIDs = {
  openPanel: 'toolrunner:open-panel',
  openTool: 'toolrunner:open-tool',
  openRun: 'toolrunner:open-run',
  openHistory: 'toolrunner:open-history',
  openQueue: 'toolrunner:open-queue',
  openWorkers: 'toolrunner:open-workers',
  openRetention: 'toolrunner:open-retention',
  openSchedules: 'toolrunner:open-schedules',
  schedule: 'toolrunner:schedule',
  openBatches: 'toolrunner:open-batches',
  newBatch: 'toolrunner:new-batch',
  editRun: 'toolrunner:edit-and-run-again',
  changeRun: 'toolrunner:change-run',
  openForm: 'toolrunner:open-form',
  openFormLink: 'toolrunner:open-form-link',
  runForm: 'toolrunner:run-form',
  showLog: 'toolrunner:show-log',
  copyRun: 'toolrunner:copy-run',
  copyRunLink: 'toolrunner:copy-run-link',
  cancelRun: 'toolrunner:cancel-run',
  retryRun: 'toolrunner:retry-run',
  lastForm: 'toolrunner:last-form',
  showSource: 'toolrunner:show-source',
  downloadArtifact: 'toolrunner:download-artifact',
  openArtifact: 'toolrunner:open-artifact',
  nextRow: 'toolrunner:next-row',
  previousRow: 'toolrunner:previous-row',
  selectRow: 'toolrunner:select-row',
  editRow: 'toolrunner:edit-row',
  search: 'toolrunner:search',
  showKeys: 'toolrunner:show-keys',
  openSettings: 'toolrunner:open-settings',
  addToolbox: 'toolrunner:add-toolbox',
  useAsTool: 'toolrunner:use-as-tool',
  publishDashboard: 'toolrunner:publish-dashboard',
  openDashboards: 'toolrunner:open-dashboards',
  openPermalink: 'toolrunner:open-permalink'
} as const;

/** A text among a command's arguments; empty where there is none. */
export function textArg(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
