/** The list of runs in the main area. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, ReactWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import { createElement, lazy, Suspense, type ReactElement } from 'react';

import { historyIcon } from '../icons';
import { RunsModel } from '../models/runs';
import { CommandIDs, IToolRunner } from '../tokens';
import { trans } from '../translation';

const History = lazy(async () => ({ default: (await import('../components/history')).History }));

class HistoryWidget extends ReactWidget {
  constructor(
    private readonly _runs: RunsModel,
    private readonly _draw: (runs: RunsModel) => ReactElement
  ) {
    super();
    this.id = 'toolrunner-history';
    this.addClass('trn-root');
    this.addClass('trn-main');
    this.node.tabIndex = -1;
    this.title.closable = true;
    this.title.icon = historyIcon;
    this.title.label = trans.__('History');
    void _runs.refresh();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._runs.dispose();
      super.dispose();
    }
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.focus();
  }

  protected override render(): ReactElement {
    return this._draw(this._runs);
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
    const draw = (runs: RunsModel): ReactElement =>
      createElement(Suspense, { fallback: null }, createElement(History, { runs, tools: runner.tools, openRun }));
    commands.addCommand(CommandIDs.openHistory, {
      label: trans.__('Show History'),
      caption: trans.__('Show what was run, the newest first'),
      icon: historyIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        let widget = tracker.currentWidget;
        if (!widget) {
          widget = new HistoryWidget(new RunsModel(runner.client, runner.events), draw);
          shell.add(widget, 'main', { type: 'History' });
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
