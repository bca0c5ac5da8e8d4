/** The settings, from Lab's registry; their texts in the language of the page. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { settingsIcon } from '@jupyterlab/ui-components';
import { CommandIDs, IToolRunner } from '../tokens';
import { trans, translateSchema } from '../translation';

const ID = 'jupyter-toolrunner:settings';

const plugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Settings, menus and keys.',
  autoStart: true,
  requires: [IToolRunner],
  optional: [ISettingRegistry],
  activate: (app: JupyterFrontEnd, runner: IToolRunner, registry: ISettingRegistry | null): void => {
    const { commands } = app;
    commands.addCommand(CommandIDs.openSettings, {
      label: trans.__('Settings of Tools and Runs'),
      caption: trans.__('Choose when runs are announced, and how lists and logs look'),
      icon: settingsIcon,
      isVisible: () => commands.hasCommand('settingeditor:open'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => commands.execute('settingeditor:open', { query: trans.__('Tools and Runs') })
    });
    runner.settings.changed.connect(() => {
      document.body.dataset.trnDensity = runner.settings.values.density;
    });
    if (registry) {
      void follow(registry, runner);
    }
  }
};

async function follow(registry: ISettingRegistry, runner: IToolRunner): Promise<void> {
  registry.transform(ID, { fetch: found => ({ ...found, schema: translateSchema(found.schema) }) });
  try {
    const settings = await registry.load(ID);
    const take = (): void => runner.settings.set(settings.composite);
    settings.changed.connect(take);
    take();
  } catch (error) {
    // The defaults hold; all else works.
    console.warn('The settings of tools and runs could not be read', error);
  }
}

export default plugin;
