/** What is kept of runs, in the main area. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { createElement } from 'react';

import { later } from '../components/boundary';
import { retentionIcon } from '../icons';
import { RetentionModel } from '../models/retention';
import { addPage, ModelPage, showPage } from '../page';
import { CommandIDs, IToolRunner } from '../tokens';
import { trans } from '../translation';

const RetentionPage = later(async () => (await import('../components/retention')).RetentionPage);

type RetentionWidget = ModelPage<RetentionModel>;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:retention',
  description: 'What is kept of runs, and for how long.',
  autoStart: true,
  requires: [IToolRunner],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (app: JupyterFrontEnd, runner: IToolRunner, restorer: ILayoutRestorer | null, palette: ICommandPalette | null): void => {
    const { commands } = app;
    const tracker = new WidgetTracker<RetentionWidget>({ namespace: 'toolrunner-retention' });
    const openRun = (id: string): void => void commands.execute(CommandIDs.openRun, { id });
    const openHistory = (view: string): void => void commands.execute(CommandIDs.openHistory, { view });
    commands.addCommand(CommandIDs.openRetention, {
      label: trans.__('Show Retention'),
      caption: trans.__('Show what is kept of runs and for how long, and free what the rules say'),
      icon: retentionIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        let widget = tracker.currentWidget;
        if (!widget) {
          const model = new RetentionModel(runner.client, runner.events);
          widget = new ModelPage(model, { id: 'toolrunner-retention', icon: retentionIcon, label: trans.__('Retention'), settings: runner.settings, health: runner.health, draw: () => createElement(RetentionPage, { model, openRun, openHistory }) });
          addPage(app, widget, { type: 'Retention' });
          void tracker.add(widget);
        }
        showPage(app, widget);
      }
    });
    palette?.addItem({ command: CommandIDs.openRetention, category: trans.__('Tools') });
    void restorer?.restore(tracker, { command: CommandIDs.openRetention, name: () => 'retention' });
  }
};

export default plugin;
