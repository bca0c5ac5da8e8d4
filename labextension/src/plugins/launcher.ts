/** Cards in the launcher. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILauncher } from '@jupyterlab/launcher';

import { CommandIDs } from '../tokens';
import { trans } from '../translation';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:launcher',
  description: 'Tools and history in the launcher.',
  autoStart: true,
  optional: [ILauncher],
  activate: (_: JupyterFrontEnd, launcher: ILauncher | null): void => {
    const category = trans.__('Tools');
    launcher?.add({ command: CommandIDs.openPanel, category, rank: 1 });
    launcher?.add({ command: CommandIDs.openHistory, category, rank: 2 });
  }
};

export default plugin;
