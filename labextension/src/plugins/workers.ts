/** The workers in the main area. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { createElement } from 'react';

import { later } from '../components/boundary';
import { workersIcon } from '../icons';
import { WorkersModel } from '../models/workers';
import { addPage, ModelPage, showPage } from '../page';
import { CommandIDs, IToolRunner } from '../tokens';
import { trans } from '../translation';

const Workers = later(async () => (await import('../components/workers')).Workers);

type WorkersWidget = ModelPage<WorkersModel>;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:workers',
  description: 'Who works on what, and how many there are.',
  autoStart: true,
  requires: [IToolRunner],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (app: JupyterFrontEnd, runner: IToolRunner, restorer: ILayoutRestorer | null, palette: ICommandPalette | null): void => {
    const { commands } = app;
    const tracker = new WidgetTracker<WorkersWidget>({ namespace: 'toolrunner-workers' });
    const openRun = (id: string): void => void commands.execute(CommandIDs.openRun, { id });
    commands.addCommand(CommandIDs.openWorkers, {
      label: trans.__('Show Workers'),
      caption: trans.__('Show who works on what, and drain, stop and add workers'),
      icon: workersIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        let widget = tracker.currentWidget;
        if (!widget) {
          const model = new WorkersModel(runner.client, runner.events);
          widget = new ModelPage(model, { id: 'toolrunner-workers', icon: workersIcon, label: trans.__('Workers'), settings: runner.settings, health: runner.health, draw: () => createElement(Workers, { model, tools: runner.tools, openRun }) });
          addPage(app, widget, { type: 'Workers' });
          void tracker.add(widget);
        }
        showPage(app, widget);
      }
    });
    palette?.addItem({ command: CommandIDs.openWorkers, category: trans.__('Tools') });
    void restorer?.restore(tracker, { command: CommandIDs.openWorkers, name: () => 'workers' });
  }
};

export default plugin;
