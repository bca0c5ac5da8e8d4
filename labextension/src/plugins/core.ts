/** The models that all other plugins show. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';

import { ApiClient } from '../api/client';
import { EventsConnection } from '../models/events';
import { HealthModel } from '../models/health';
import { PreferencesModel } from '../models/preferences';
import { ActivityModel, RunsModel } from '../models/runs';
import { SettingsModel } from '../models/settings';
import { StartedRuns } from '../models/started';
import { ToolsModel } from '../models/tools';
import { makePreviews } from '../previews';
import { IToolRunner } from '../tokens';
import { setTranslator } from '../translation';

const RECENT = 30;

const plugin: JupyterFrontEndPlugin<IToolRunner> = {
  id: 'jupyter-toolrunner:core',
  description: 'Tools and runs of this server, live.',
  autoStart: true,
  provides: IToolRunner,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): IToolRunner => {
    if (translator) {
      setTranslator(translator);
    }
    const client = new ApiClient(app.serviceManager.serverSettings);
    const events = new EventsConnection(client);
    const tools = new ToolsModel(client, events);
    const preferences = new PreferencesModel(client, events);
    const recent = new RunsModel(client, events, {}, RECENT);
    const activity = new ActivityModel(client, events);
    const health = new HealthModel(client, events);
    // What Lab asks for its own start comes first.
    void app.restored.then(() => {
      events.start();
      void Promise.all([tools.refresh(), preferences.refresh(), recent.refresh(), activity.refresh()]);
    });
    return {
      client,
      events,
      health,
      tools,
      preferences,
      recent,
      activity,
      previews: makePreviews(),
      settings: new SettingsModel(),
      started: new StartedRuns(window.sessionStorage)
    };
  }
};

export default plugin;
