/** Schedules in the main area. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { createElement } from 'react';

import type { Params } from '../api/types';
import { later } from '../components/boundary';
import { complain } from '../complaint';
import { formServicesOf } from '../formServices';
import { scheduleIcon } from '../icons';
import { isObject } from '../logic/json';
import { FormModel } from '../models/form';
import { SchedulesModel } from '../models/schedules';
import { UploadsModel } from '../models/uploads';
import { addPage, ModelPage, showPage } from '../page';
import { targetOf } from '../target';
import { CommandIDs, IToolRunner, textArg } from '../tokens';
import { trans } from '../translation';

const Schedules = later(async () => (await import('../components/schedules')).Schedules);

type SchedulesWidget = ModelPage<SchedulesModel>;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:schedules',
  description: 'Tools that are run by themselves.',
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
    const tracker = new WidgetTracker<SchedulesWidget>({ namespace: 'toolrunner-schedules' });
    const openRun = (id: string): void => void commands.execute(CommandIDs.openRun, { id });
    // Once for all pages: they live as long as the window.
    const uploads = new UploadsModel(runner.client, null);
    const services = formServicesOf(runner, uploads, openRun);
    const show = (): SchedulesModel => {
      let widget = tracker.currentWidget;
      if (!widget) {
        const model = new SchedulesModel(runner.client, runner.events, name => {
          const tool = runner.tools.find(name);
          return tool && !tool.error ? new FormModel(tool, runner.client, runner.events, uploads, () => undefined, null, 'trn-schedule') : null;
        });
        const actions = {
          openRun,
          openTool: (tool: string): void => void commands.execute(CommandIDs.openTool, { tool }),
          showTools: (): void => void commands.execute(CommandIDs.openPanel)
        };
        widget = new ModelPage(model, { id: 'toolrunner-schedules', icon: scheduleIcon, label: trans.__('Schedules'), settings: runner.settings, health: runner.health, draw: () => createElement(Schedules, { model, tools: runner.tools, services, ...actions }) });
        addPage(app, widget, { type: 'Schedules' });
        void tracker.add(widget);
      }
      showPage(app, widget);
      return widget.model;
    };
    commands.addCommand(CommandIDs.openSchedules, {
      label: trans.__('Show Schedules'),
      caption: trans.__('Show which tools are run by themselves, and when'),
      icon: scheduleIcon,
      describedBy: {
        args: { type: 'object', properties: { id: { type: 'string', description: trans.__('Id of a schedule whose runs are shown; the list alone where it is left out') } } }
      },
      execute: args => {
        const model = show();
        const id = textArg(args.id);
        if (id !== '') {
          void model.reveal(id);
        }
      }
    });
    /** The tool and the values that are meant: those given, else those of a run. */
    const meant = async (args: ReadonlyPartialJSONObject): Promise<[string, Params] | null> => {
      const tool = textArg(args.tool);
      if (tool !== '') {
        return [tool, isObject(args.params) ? args.params : {}];
      }
      const id = targetOf(app, args, 'run');
      if (id === null) {
        return null;
      }
      const run = await runner.client.exactRun(id);
      return [run.tool, run.params];
    };
    commands.addCommand(CommandIDs.schedule, {
      label: trans.__('Schedule…'),
      caption: trans.__('Have the tool run by itself with these values'),
      icon: scheduleIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            id: { type: 'string', description: trans.__('Id of the run whose values are taken; the one that is pointed at where it is left out') },
            tool: { type: 'string', description: trans.__('Name of the tool, such as starter.build_graph; that of the run where it is left out') },
            params: { type: 'object', description: trans.__('Values that it is run with') }
          }
        }
      },
      execute: async args => {
        try {
          const found = await meant(args);
          if (found) {
            show().begin(...found);
          }
        } catch (error) {
          complain(error);
        }
      }
    });
    palette?.addItem({ command: CommandIDs.openSchedules, category: trans.__('Tools') });
    void restorer?.restore(tracker, { command: CommandIDs.openSchedules, name: () => 'schedules' });
  }
};

export default plugin;
