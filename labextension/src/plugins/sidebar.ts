/** The sidebar with the tools and their forms. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification, ReactWidget } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IStateDB } from '@jupyterlab/statedb';
import { editIcon, runIcon } from '@jupyterlab/ui-components';
import type { JSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { createElement, type ReactElement } from 'react';

import type { Run } from '../api/types';
import { later } from '../components/boundary';
import { complain } from '../complaint';
import { formActionsOf } from '../copying';
import { diskPath } from '../files';
import { formServicesOf } from '../formServices';
import { toolRunnerIcon } from '../icons';
import { stillWaits } from '../logic/merge';
import { readLink } from '../logic/formLink';
import { RecentToolsModel } from '../models/recentTools';
import { SidebarModel } from '../models/sidebar';
import { ToolboxesModel } from '../models/toolboxes';
import { ToolListModel } from '../models/toolList';
import { UploadsModel } from '../models/uploads';
import { framed } from '../page';
import { targetOf } from '../target';
import { CommandIDs, IToolRunner, textArg } from '../tokens';
import { trans } from '../translation';

const Sidebar = later(async () => (await import('../components/sidebar')).Sidebar);

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
    this.whenDrawn('.trn-search input', input => input.focus());
  }

  /** The first time, the sidebar is loaded when it is shown. */
  whenDrawn(selector: string, act: (found: HTMLElement) => void, patience = 100): void {
    const found = this.node.querySelector<HTMLElement>(selector);
    if (found) {
      act(found);
    } else if (patience > 0 && !this.isDisposed) {
      window.requestAnimationFrame(() => this.whenDrawn(selector, act, patience - 1));
    }
  }
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
    const onChanged = (run: Run): void => {
      runner.events.tell(run);
      Notification.success(trans.__('#%1 has its new values.', run.number), { autoClose: 3_000 });
      void commands.execute(CommandIDs.openRun, { id: run.id, keepFocus: true });
    };
    const uploads = new UploadsModel(runner.client, state);
    const openRun = (id: string): void => void commands.execute(CommandIDs.openRun, { id });
    const services = formServicesOf(runner, uploads, openRun, documents ? folder => browse(documents, folder) : null);
    const model = new SidebarModel(runner.client, runner.tools, state, runner.events, uploads, onSubmitted, onChanged);
    const toolboxes = new ToolboxesModel(runner.client, runner.tools, runner.events, (toolbox, tools) => {
      const [tool] = tools;
      if (tool && tools.length === 1) {
        list.open(tool);
      } else {
        Notification.success(trans._n('%1 tool was added: %2', '%1 tools were added: %2', tools.length, toolbox.title), { autoClose: 5_000 });
        list.reveal(tools);
      }
    });
    const list = new ToolListModel(model, runner.tools, runner.preferences, recents, toolboxes, complain);
    const widget = new SidebarWidget(runner, () =>
      createElement(Sidebar, {
        model,
        list,
        toolboxes,
        tools: runner.tools,
        services,
        formActions: {
          ...formActionsOf(runner.client, openRun),
          schedule: form => void form.hand(params => void commands.execute(CommandIDs.schedule, { tool: form.tool.name, params: params as JSONObject })),
          many: (form, kind) => void commands.execute(CommandIDs.newBatch, { tool: form.tool.name, params: form.payload as JSONObject, kind })
        },
        pages: {
          queue: () => void commands.execute(CommandIDs.openQueue),
          history: () => void commands.execute(CommandIDs.openHistory),
          schedules: () => void commands.execute(CommandIDs.openSchedules),
          batches: () => void commands.execute(CommandIDs.openBatches)
        },
        addTools: () => void commands.execute(CommandIDs.addToolbox),
        showSource: tool => void commands.execute(CommandIDs.showSource, { tool })
      })
    );
    shell.add(widget, 'left', { rank: 150, type: 'Tools' });
    restorer?.add(widget, widget.id);

    const show = (): void => shell.activateById(widget.id);
    const isFormShown = (): boolean => model.form !== null && list.problem === null && !toolboxes.open;
    commands.addCommand(CommandIDs.openPanel, {
      label: trans.__('Show Tools'),
      caption: trans.__('Show the tools in the sidebar and go to the search'),
      icon: toolRunnerIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        show();
        model.putListFirst(true);
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
        model.putListFirst(false);
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
      execute: async args => {
        const tool = targetOf(app, args, 'tool');
        show();
        if (tool === null || (await model.openWhenThere(tool))) {
          return;
        }
        const broken = runner.tools.find(tool);
        if (broken) {
          // What is wrong with it is said where its form would be.
          list.open(broken);
        } else {
          list.miss(tool);
        }
      }
    });
    /** Show the sidebar, and there what a command does with the values of its run. */
    const withRun = async (args: ReadonlyPartialJSONObject, act: (run: Run) => Promise<unknown>): Promise<void> => {
      const id = targetOf(app, args, 'run');
      if (id !== null) {
        try {
          const run = await runner.client.exactRun(id);
          show();
          await act(run);
        } catch (error) {
          complain(error);
        }
      }
    };
    commands.addCommand(CommandIDs.editRun, {
      label: trans.__('Edit and Run Again'),
      caption: trans.__('Opens these values in the form, to start a new run with what you change; this one stays as it is'),
      icon: editIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: { id: { type: 'string', description: trans.__('Id of the run whose values are taken; the one that is pointed at where it is left out') } }
        }
      },
      execute: args =>
        withRun(args, async run => {
          if (!(await model.editRun(run))) {
            list.miss(run.tool);
          }
        })
    });
    commands.addCommand(CommandIDs.changeRun, {
      label: trans.__('Change the Values'),
      caption: trans.__('Change the values of a run that still waits'),
      icon: editIcon,
      isVisible: args => stillWaits(runner.recent.find(targetOf(app, args, 'run') ?? '')?.status ?? 'succeeded'),
      describedBy: {
        args: {
          type: 'object',
          properties: { id: { type: 'string', description: trans.__('Id of the run that waits; the one that is pointed at where it is left out') } }
        }
      },
      execute: args => withRun(args, run => model.changeRun(run))
    });
    commands.addCommand(CommandIDs.openForm, {
      label: trans.__('Open a Filled Form'),
      caption: trans.__('Open a form with the values of a link to it'),
      describedBy: {
        args: {
          type: 'object',
          required: ['search'],
          properties: { search: { type: 'string', description: trans.__('Query of a link that was copied from a form') } }
        }
      },
      execute: async args => {
        const filled = readLink(textArg(args.search));
        if (!filled) {
          return;
        }
        show();
        const form = await model.openWhenThere(filled.tool);
        if (!form) {
          list.miss(filled.tool);
        } else if (filled.values === undefined) {
          form.fail({ message: trans.__('The values of this link cannot be read: it was cut off or changed.'), offline: false, missing: true });
        } else if (filled.values) {
          form.useLink(filled.values);
        } else if (filled.preset !== null) {
          await form.takePreset(filled.preset);
        }
      }
    });
    commands.addCommand(CommandIDs.runForm, {
      label: trans.__('Run the Open Form'),
      caption: trans.__('Start a run with the values of the form in the sidebar'),
      icon: runIcon,
      isEnabled: () => isFormShown(),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        // Behind another page of the sidebar it is not looked at, and so not meant.
        if (isFormShown()) {
          show();
          model.putListFirst(false);
          // The button knows what else is to be done: to show the field that is wrong.
          widget.whenDrawn('.trn-run', button => isFormShown() && button.click());
        }
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
        if (model.form?.target) {
          model.focusForm();
        } else if (tool === undefined || !model.open(tool)) {
          widget.focusSearch();
        }
      }
    });
    for (const changing of [model, list, toolboxes]) {
      changing.changed.connect(() => commands.notifyCommandChanged(CommandIDs.runForm));
    }
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
