/** A notebook becomes a page for people who have no Lab. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';

import { complain } from '../complaint';
import { toolRunnerIcon } from '../icons';
import { isObject } from '../logic/json';
import { failureOf } from '../models/failure';
import { CommandIDs, IToolRunner, textArg } from '../tokens';
import { trans } from '../translation';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:dashboards',
  description: 'A notebook as a dashboard.',
  autoStart: true,
  requires: [IToolRunner],
  optional: [IDocumentManager, IFileBrowserFactory, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    runner: IToolRunner,
    documents: IDocumentManager | null,
    files: IFileBrowserFactory | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands, serviceManager } = app;
    const open = (name = ''): void => void window.open(runner.client.dashboardUrl(name), '_blank', 'noopener');
    /** The notebook that is meant: named, in front, or selected in the file browser. */
    const meant = (given: unknown): string | null => {
      const shown = app.shell.currentWidget && documents?.contextForWidget(app.shell.currentWidget)?.path;
      const candidates = [textArg(given), shown ?? '', ...selected(files)];
      return candidates.find(path => path.endsWith('.ipynb')) ?? null;
    };
    const read = async (path: string): Promise<unknown> => {
      try {
        const file = await serviceManager.contents.get(path, { type: 'notebook', format: 'json', content: true });
        return file.content;
      } catch (error) {
        throw new Error(trans.__('%1 cannot be read: %2', path, failureOf(error).message), { cause: error });
      }
    };
    const publish = async (path: string): Promise<void> => {
      const widget = documents?.findWidget(path);
      const context = widget && documents?.contextForWidget(widget);
      if (context?.model.dirty) {
        await context.save();
      }
      const content = await read(path);
      const { name, title } = await runner.client.publish(isObject(content) ? content : {}, path);
      Notification.success(trans.__('%1 is published as a dashboard, with the results that it has now.', title), {
        autoClose: 20_000,
        actions: [
          { label: trans.__('Open'), callback: () => open(name), displayType: 'accent' },
          { label: trans.__('Copy the Link'), callback: () => Clipboard.copyToSystem(runner.client.dashboardUrl(name)) }
        ]
      });
    };
    commands.addCommand(CommandIDs.publishDashboard, {
      label: trans.__('Publish as a Dashboard'),
      caption: trans.__('Show this notebook, with the results that it has now, as a page without code'),
      icon: toolRunnerIcon,
      isEnabled: args => meant(args.path) !== null,
      describedBy: {
        args: { type: 'object', properties: { path: { type: 'string', description: trans.__('Path of the notebook; the one in front where it is left out') } } }
      },
      execute: async args => {
        const path = meant(args.path);
        try {
          if (path !== null) {
            await publish(path);
          }
        } catch (error) {
          complain(error);
        }
      }
    });
    commands.addCommand(CommandIDs.openDashboards, {
      label: trans.__('Open the Dashboards'),
      caption: trans.__('All notebooks that were published, in a tab of the browser'),
      icon: toolRunnerIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => open()
    });
    app.contextMenu.addItem({ command: CommandIDs.publishDashboard, selector: '.jp-DirListing-item[data-file-type="notebook"]', rank: 12.5 });
    app.contextMenu.addItem({ command: CommandIDs.publishDashboard, selector: '.jp-Notebook', rank: 100 });
    for (const command of [CommandIDs.publishDashboard, CommandIDs.openDashboards]) {
      palette?.addItem({ command, category: trans.__('Tools') });
    }
  }
};

function selected(files: IFileBrowserFactory | null): string[] {
  return [...(files?.tracker.currentWidget?.selectedItems() ?? [])].map(({ path }) => path);
}

export default plugin;
