/** Batches in the main area. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { createElement } from 'react';

import { later } from '../components/boundary';
import { complain } from '../complaint';
import { batchIcon } from '../icons';
import { isObject } from '../logic/json';
import { BatchesModel } from '../models/batches';
import { addPage, ModelPage, showPage } from '../page';
import { CommandIDs, IToolRunner, textArg } from '../tokens';
import { trans } from '../translation';

const Batches = later(async () => (await import('../components/batches')).Batches);

type BatchesWidget = ModelPage<BatchesModel>;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:batches',
  description: 'Tools that are run once for each row of a table.',
  autoStart: true,
  requires: [IToolRunner],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    runner: IToolRunner,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands } = app;
    const tracker = new WidgetTracker<BatchesWidget>({ namespace: 'toolrunner-batches' });
    const show = (): BatchesModel => {
      let widget = tracker.currentWidget;
      if (!widget) {
        const model = new BatchesModel(runner.client, runner.events);
        const actions = {
          openRun: (id: string): void => void commands.execute(CommandIDs.openRun, { id }),
          showTools: (): void => void commands.execute(CommandIDs.openPanel)
        };
        widget = new ModelPage(model, { id: 'toolrunner-batches', icon: batchIcon, label: trans.__('Batches'), settings: runner.settings, health: runner.health, draw: () => createElement(Batches, { model, tools: runner.tools, ...actions }) });
        addPage(app, widget, { type: 'Batches' });
        void tracker.add(widget);
      }
      showPage(app, widget);
      return widget.model;
    };
    commands.addCommand(CommandIDs.openBatches, {
      label: trans.__('Show Batches'),
      caption: trans.__('Show the runs that were asked for together, and what came of them'),
      icon: batchIcon,
      describedBy: {
        args: { type: 'object', properties: { id: { type: 'string', description: trans.__('Number or id of a batch; the list where it is left out') } } }
      },
      execute: args => {
        const model = show();
        const id = textArg(args.id);
        if (id !== '') {
          model.open(id);
        }
      }
    });
    commands.addCommand(CommandIDs.newBatch, {
      label: trans.__('Run for a Table…'),
      caption: trans.__('Run a tool once for each row of a table, or for each combination of values'),
      icon: batchIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            tool: { type: 'string', description: trans.__('Name of the tool, such as starter.build_graph') },
            params: { type: 'object', description: trans.__('Values that all runs have') },
            kind: { type: 'string', enum: ['table', 'sweep'], description: trans.__('Rows of a table, or combinations of values') }
          },
          required: ['tool']
        }
      },
      execute: async args => {
        try {
          const tool = await runner.client.tool(textArg(args.tool));
          show().begin(tool, isObject(args.params) ? args.params : {}, args.kind === 'sweep' ? 'sweep' : 'table');
        } catch (error) {
          complain(error);
        }
      }
    });
    palette?.addItem({ command: CommandIDs.openBatches, category: trans.__('Tools') });
    void restorer?.restore(tracker, { command: CommandIDs.openBatches, name: () => 'batches' });
  }
};

export default plugin;
