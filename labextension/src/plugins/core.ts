/** The models that all other plugins show. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ITranslator } from '@jupyterlab/translation';

import { ApiClient } from '../api/client';
import { EventsConnection } from '../models/events';
import { PreferencesModel } from '../models/preferences';
import { ActivityModel, RunsModel } from '../models/runs';
import { SettingsModel } from '../models/settings';
import { ToolsModel } from '../models/tools';
import { makePreviews } from '../previews';
import { IToolRunner } from '../tokens';
import { setTranslator, trans } from '../translation';

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
    events.serverChanged.connect(() => {
      Notification.info(trans.__('The server was updated. Reload the page to go on with the same version.'), {
        actions: [{ label: trans.__('Reload'), callback: () => window.location.reload() }]
      });
    });
    void Promise.all([tools.refresh(), preferences.refresh(), recent.refresh(), activity.refresh()]);
    return {
      client,
      events,
      tools,
      preferences,
      recent,
      activity,
      previews: makePreviews(),
      settings: new SettingsModel(),
      started: new Set()
    };
  }
};

export default plugin;
