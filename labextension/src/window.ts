/** The models that all views of one browser window share. */

import type { ServerConnection } from '@jupyterlab/services';

import { ApiClient } from './api/client';
import { EventsConnection } from './models/events';
import { HealthModel } from './models/health';
import { PreferencesModel } from './models/preferences';
import { ActivityModel, RunsModel } from './models/runs';
import { SettingsModel } from './models/settings';
import { StartedRuns } from './models/started';
import { ToolsModel } from './models/tools';
import { makePreviews } from './previews';
import type { IToolRunner } from './tokens';

const RECENT = 30;

/** None of them has asked the server for anything yet. */
export function openWindow(settings?: ServerConnection.ISettings): IToolRunner {
  const client = new ApiClient(settings);
  const events = new EventsConnection(client);
  return {
    client,
    events,
    health: new HealthModel(client, events),
    tools: new ToolsModel(client, events),
    preferences: new PreferencesModel(client, events),
    recent: new RunsModel(client, events, {}, RECENT),
    activity: new ActivityModel(client, events),
    previews: makePreviews(),
    settings: new SettingsModel(),
    started: new StartedRuns(window.sessionStorage)
  };
}
