/** The queue in the main area. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { createElement } from 'react';

import { later } from '../components/boundary';
import { queueIcon } from '../icons';
import { QueueModel } from '../models/queue';
import { addPage, ModelPage, showPage } from '../page';
import { CommandIDs, IToolRunner } from '../tokens';
import { trans } from '../translation';

const Queue = later(async () => (await import('../components/queue')).Queue);

type QueueWidget = ModelPage<QueueModel>;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:queue',
  description: 'What waits and runs, and the workers.',
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
    const tracker = new WidgetTracker<QueueWidget>({ namespace: 'toolrunner-queue' });
    const openRun = (id: string): void => void commands.execute(CommandIDs.openRun, { id });
    const openWorkers = (): void => void commands.execute(CommandIDs.openWorkers);
    const editRun = (id: string): void => void commands.execute(CommandIDs.changeRun, { id });
    commands.addCommand(CommandIDs.openQueue, {
      label: trans.__('Show Queue'),
      caption: trans.__('Show what waits and runs, and change its order'),
      icon: queueIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        let widget = tracker.currentWidget;
        if (!widget) {
          const model = new QueueModel(runner.client, runner.events);
          widget = new ModelPage(model, { id: 'toolrunner-queue', icon: queueIcon, label: trans.__('Queue'), settings: runner.settings, health: runner.health, draw: () => createElement(Queue, { model, tools: runner.tools, openRun, editRun, openWorkers }) });
          addPage(app, widget, { type: 'Queue' });
          void tracker.add(widget);
        }
        showPage(app, widget);
      }
    });
    palette?.addItem({ command: CommandIDs.openQueue, category: trans.__('Tools') });
    void restorer?.restore(tracker, { command: CommandIDs.openQueue, name: () => 'queue' });
  }
};

export default plugin;
