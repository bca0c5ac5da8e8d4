/** The list of runs in the main area. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { createElement, type ReactElement } from 'react';

import { later } from '../components/boundary';
import { historyIcon } from '../icons';
import { RunsModel } from '../models/runs';
import { addPage, Page } from '../page';
import { CommandIDs, IToolRunner } from '../tokens';
import { trans } from '../translation';

const History = later(async () => (await import('../components/history')).History);

class HistoryWidget extends Page {
  constructor(
    private readonly _runs: RunsModel,
    window: Pick<IToolRunner, 'settings' | 'health'>,
    draw: (runs: RunsModel) => ReactElement
  ) {
    super({ id: 'toolrunner-history', icon: historyIcon, label: trans.__('History'), settings: window.settings, health: window.health, draw: () => draw(_runs) });
    void _runs.refresh();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._runs.dispose();
      super.dispose();
    }
  }
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:history',
  description: 'Recent runs.',
  autoStart: true,
  requires: [IToolRunner],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    runner: IToolRunner,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands, shell } = app;
    const tracker = new WidgetTracker<HistoryWidget>({ namespace: 'toolrunner-history' });
    const openRun = (id: string): void => void commands.execute(CommandIDs.openRun, { id });
    const draw = (runs: RunsModel): ReactElement => createElement(History, { runs, tools: runner.tools, openRun });
    commands.addCommand(CommandIDs.openHistory, {
      label: trans.__('Show History'),
      caption: trans.__('Show what was run, the newest first'),
      icon: historyIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        let widget = tracker.currentWidget;
        if (!widget) {
          widget = new HistoryWidget(new RunsModel(runner.client, runner.events), runner, draw);
          addPage(app, widget, { type: 'History' });
          void tracker.add(widget);
        }
        shell.activateById(widget.id);
      }
    });
    palette?.addItem({ command: CommandIDs.openHistory, category: trans.__('Tools') });
    void restorer?.restore(tracker, { command: CommandIDs.openHistory, name: () => 'history' });
  }
};

export default plugin;
