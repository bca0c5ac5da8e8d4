/** The models that all other plugins show. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';

import { IToolRunner } from '../tokens';
import { setTranslator } from '../translation';
import { openWindow } from '../window';

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
    const runner = openWindow(app.serviceManager.serverSettings);
    // What Lab asks for its own start comes first.
    void app.restored.then(() => {
      runner.events.start();
      void Promise.all([runner.tools.refresh(), runner.preferences.refresh(), runner.recent.refresh(), runner.activity.refresh()]);
    });
    return runner;
  }
};

export default plugin;
