/** The sidebar with the tools and their forms. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification, ReactWidget } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IStateDB } from '@jupyterlab/statedb';
import { editIcon, runIcon } from '@jupyterlab/ui-components';
import { createElement, type ReactElement } from 'react';

import type { Run } from '../api/types';
import type { ArtifactChoice, FormServices } from '../components/form/context';
import { Sidebar } from '../components/sidebar';
import { diskPath } from '../files';
import { formatAgo, shortName } from '../format';
import { toolRunnerIcon } from '../icons';
import { RecentToolsModel } from '../models/recentTools';
import { SidebarModel } from '../models/sidebar';
import { ToolboxesModel } from '../models/toolboxes';
import { ToolListModel } from '../models/toolList';
import { framed } from '../page';
import { targetOf } from '../target';
import { CommandIDs, IToolRunner, textArg } from '../tokens';
import { trans } from '../translation';

class SidebarWidget extends ReactWidget {
  constructor(
    private readonly _window: Pick<IToolRunner, 'settings' | 'health'>,
    private readonly _draw: () => ReactElement
  ) {
    super();
    this.id = 'jupyter-toolrunner-sidebar';
    this.title.icon = toolRunnerIcon;
    this.title.caption = trans.__('Tools');
    this.addClass('trn-root');
    this.addClass('trn-sidebar');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Tool runner'));
  }

  protected override render(): ReactElement {
    return framed(this._window, this._draw());
  }

  focusSearch(): void {
    this.node.querySelector<HTMLInputElement>('.trn-search input')?.focus();
  }
}

/** Artifacts of recent runs that a field takes: the newest run first, in it what fits the earliest of its types. */
function artifactChoices(runs: readonly Run[], accepts: readonly string[]): ArtifactChoice[] {
  const rank = (name: string, mediaType: string): number =>
    accepts.length === 0 ? 0 : accepts.findIndex(accept => fits(accept, name, mediaType));
  return runs
    .filter(run => run.status === 'succeeded')
    .flatMap(run =>
      run.artifacts
        .map(artifact => ({ artifact, place: rank(artifact.name, artifact.media_type) }))
        .filter(({ place }) => place >= 0)
        .sort((one, other) => one.place - other.place)
        .map(({ artifact }) => ({
          id: artifact.id,
          name: artifact.name,
          run: `#${run.number} ${shortName(run.tool)}, ${formatAgo(run.finished_at ?? run.created_at)}`
        }))
    );
}

/** `.csv` is an ending, `image/*` and `text/csv` are media types. */
function fits(accept: string, name: string, mediaType: string): boolean {
  if (accept.startsWith('.')) {
    return name.toLowerCase().endsWith(accept.toLowerCase());
  }
  return accept.endsWith('/*') ? mediaType.startsWith(accept.slice(0, -1)) : mediaType === accept;
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:sidebar',
  description: 'Tools by category, search and forms.',
  autoStart: true,
  requires: [IToolRunner],
  optional: [ILayoutRestorer, IStateDB, IDocumentManager, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    runner: IToolRunner,
    restorer: ILayoutRestorer | null,
    state: IStateDB | null,
    documents: IDocumentManager | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands, shell } = app;
    const recents = new RecentToolsModel(runner.client, runner.events);
    void app.restored.then(() => recents.refresh());
    const onSubmitted = (run: Run): void => {
      recents.submitted(run);
      runner.started.add(run.id);
      runner.events.tell(run);
      const { openRun } = runner.settings.values;
      if (openRun !== 'none') {
        void commands.execute(CommandIDs.openRun, { id: run.id, keepFocus: true, background: openRun === 'background' });
      }
    };
    const model = new SidebarModel(runner.client, runner.tools, state, onSubmitted);
    const services: FormServices = {
      browse: documents ? folder => browse(documents, folder) : null,
      artifacts: accepts => artifactChoices(runner.recent.runs, accepts),
      openRun: id => void commands.execute(CommandIDs.openRun, { id })
    };
    const toolboxes = new ToolboxesModel(runner.client, runner.tools, runner.events, (toolbox, tools) => {
      const [tool] = tools;
      if (tool && tools.length === 1) {
        list.open(tool);
      } else {
        Notification.success(trans._n('%1 tool was added: %2', '%1 tools were added: %2', tools.length, toolbox.title), { autoClose: 5_000 });
        list.reveal(tools);
      }
    });
    const list = new ToolListModel(model, runner.tools, runner.preferences, recents, toolboxes);
    const widget = new SidebarWidget(runner, () =>
      createElement(Sidebar, {
        model,
        list,
        toolboxes,
        tools: runner.tools,
        services,
        openHistory: () => void commands.execute(CommandIDs.openHistory),
        addTools: () => void commands.execute(CommandIDs.addToolbox),
        showSource: tool => void commands.execute(CommandIDs.showSource, { tool })
      })
    );
    shell.add(widget, 'left', { rank: 150, type: 'Tools' });
    restorer?.add(widget, widget.id);

    const show = (): void => shell.activateById(widget.id);
    commands.addCommand(CommandIDs.openPanel, {
      label: trans.__('Show Tools'),
      caption: trans.__('Show the tools in the sidebar and go to the search'),
      icon: toolRunnerIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        show();
        widget.focusSearch();
      }
    });
    commands.addCommand(CommandIDs.addToolbox, {
      label: trans.__('Add a Folder of Tools'),
      caption: trans.__('Make a tool of each script in a folder of the server'),
      icon: toolRunnerIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: { path: { type: 'string', description: trans.__('Path of a folder or a script on the server; it is asked for where it is left out') } }
        }
      },
      execute: args => {
        show();
        toolboxes.show(textArg(args.path));
      }
    });
    commands.addCommand(CommandIDs.openTool, {
      label: trans.__('Open the Form of the Tool'),
      caption: trans.__('Show a tool with its fields in the sidebar'),
      icon: toolRunnerIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: { tool: { type: 'string', description: trans.__('Name of the tool, such as starter.build_graph; the one that is pointed at where it is left out') } }
        }
      },
      execute: args => {
        const tool = targetOf(app, args, 'tool');
        show();
        if (tool !== null) {
          model.open(tool);
        }
      }
    });
    commands.addCommand(CommandIDs.editRun, {
      label: trans.__('Edit and Run Again'),
      caption: trans.__('Open the form with the values of a run'),
      icon: editIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: { id: { type: 'string', description: trans.__('Id of the run whose values are taken; the one that is pointed at where it is left out') } }
        }
      },
      execute: async args => {
        const id = targetOf(app, args, 'run');
        if (id !== null) {
          const run = await runner.client.run(id);
          show();
          model.editRun(run);
        }
      }
    });
    commands.addCommand(CommandIDs.runForm, {
      label: trans.__('Run the Open Form'),
      caption: trans.__('Start a run with the values of the form in the sidebar'),
      icon: runIcon,
      isEnabled: () => model.form !== null,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        show();
        // The button knows what else is to be done: to show the field that is wrong.
        window.requestAnimationFrame(() => widget.node.querySelector<HTMLElement>('.trn-run')?.click());
      }
    });
    commands.addCommand(CommandIDs.lastForm, {
      label: trans.__('Go to the Last Form'),
      caption: trans.__('Show the form that was open last, with its values'),
      icon: toolRunnerIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        const tool = model.form?.tool.name ?? runner.recent.runs[0]?.tool;
        show();
        if (tool === undefined || !model.open(tool)) {
          widget.focusSearch();
        }
      }
    });
    model.changed.connect(() => commands.notifyCommandChanged(CommandIDs.runForm));
    const category = trans.__('Tools');
    palette?.addItem({ command: CommandIDs.openPanel, category });
    palette?.addItem({ command: CommandIDs.runForm, category });
    palette?.addItem({ command: CommandIDs.lastForm, category });
  }
};

/** Lab's own dialog; the file browser is loaded when it is asked for. */
async function browse(manager: IDocumentManager, folder: boolean): Promise<string | null> {
  const { FileDialog } = await import('@jupyterlab/filebrowser');
  const result = folder
    ? await FileDialog.getExistingDirectory({ manager, title: trans.__('Choose a folder') })
    : await FileDialog.getOpenFiles({ manager, title: trans.__('Choose a file') });
  const path = result.button.accept ? result.value?.[0]?.path : undefined;
  return path === undefined ? null : diskPath(path);
}

export default plugin;
