/** Commands about where tools come from: adding a folder, using a file as a tool, reading a tool's source. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { textEditorIcon } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import type { Tool, ToolName } from '../api/types';
import { later } from '../components/boundary';
import { copy } from '../copying';
import { contentsPath, diskPath, openFile } from '../files';
import { toolRunnerIcon } from '../icons';
import { addPage, Page, showPage } from '../page';
import { targetOf } from '../target';
import { CommandIDs, IToolRunner, textArg } from '../tokens';
import { trans } from '../translation';

const SourcePage = later(async () => (await import('../components/sourcePage')).SourcePage);

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:toolboxes',
  description: 'A script or folder of the file browser as a tool, and the source of a tool.',
  autoStart: true,
  requires: [IToolRunner],
  optional: [IFileBrowserFactory, IRenderMimeRegistry, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    runner: IToolRunner,
    files: IFileBrowserFactory | null,
    rendermime: IRenderMimeRegistry | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands } = app;
    const sources = new WidgetTracker<Page>({ namespace: 'toolrunner-sources' });
    const showSource = (name: ToolName): void => {
      const id = `toolrunner-source-${name}`;
      let widget = sources.find(other => other.id === id);
      if (!widget) {
        widget = sourceWidget(id, name, runner, rendermime);
        addPage(app, widget, { type: 'Source' });
        void sources.add(widget);
      }
      showPage(app, widget);
    };
    commands.addCommand(CommandIDs.showSource, {
      label: trans.__('Show the Source of the Tool'),
      caption: trans.__('Open the file that the tool was read from'),
      icon: textEditorIcon,
      isEnabled: args => targetOf(app, args, 'tool') !== null,
      describedBy: {
        args: { type: 'object', properties: { tool: { type: 'string', description: trans.__('Name of the tool') } } }
      },
      execute: async args => {
        const name = targetOf(app, args, 'tool') ?? '';
        const tool = runner.tools.find(name) ?? (await runner.client.tool(name));
        const path = tool.error?.path ?? tool.path ?? null;
        if (path !== null && contentsPath(path) !== null) {
          await openFile(commands, path, tool.error?.line ?? null);
        } else {
          showSource(tool.name);
        }
      }
    });
    commands.addCommand(CommandIDs.useAsTool, {
      label: trans.__('Use as a Tool'),
      caption: trans.__('Add this script, notebook or folder to the tools'),
      icon: toolRunnerIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: { path: { type: 'string', description: trans.__('Path in the file browser; what is selected there where it is left out') } }
        }
      },
      execute: args => {
        const given = textArg(args.path);
        const selected = given || selectedPath(files);
        if (selected === null) {
          return;
        }
        const path = diskPath(selected);
        const [tool] = toolsOfFile(path, runner.tools.tools);
        if (tool) {
          void commands.execute(CommandIDs.openTool, { tool: tool.name });
        } else {
          void commands.execute(CommandIDs.addToolbox, { path });
        }
      }
    });
    if (files) {
      for (const what of ['[data-file-type="python"]', '[data-file-type="notebook"]', '[data-isdir="true"]']) {
        app.contextMenu.addItem({ command: CommandIDs.useAsTool, selector: `.jp-DirListing-item${what}`, rank: 12 });
      }
    }
    const category = trans.__('Tools');
    palette?.addItem({ command: CommandIDs.addToolbox, category });
  }
};

function selectedPath(files: IFileBrowserFactory | null): string | null {
  for (const { path } of files?.tracker.currentWidget?.selectedItems() ?? []) {
    return path;
  }
  return null;
}

function toolsOfFile(path: string, tools: readonly Tool[]): Tool[] {
  return tools.filter(tool => tool.path === path && !tool.error);
}

function sourceWidget(
  id: string,
  name: ToolName,
  runner: IToolRunner,
  rendermime: IRenderMimeRegistry | null
): Page {
  return new Page({
    id,
    icon: toolRunnerIcon,
    label: trans.__('Source of %1', name.split('.').at(-1) ?? name),
    settings: runner.settings,
    health: runner.health,
    draw: () => createElement(SourcePage, { name, client: runner.client, rendermime, copy: text => copy(text, trans.__('Copied.')) })
  });
}

export default plugin;
