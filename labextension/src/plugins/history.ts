/** The history in the main area. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { createElement } from 'react';

import { later } from '../components/boundary';
import { copy } from '../copying';
import { historyIcon } from '../icons';
import { HistoryModel } from '../models/history';
import { SavedViewsModel } from '../models/savedViews';
import { addPage, ModelPage, showPage } from '../page';
import { CommandIDs, IToolRunner } from '../tokens';
import { trans } from '../translation';
import { historyLink, permalinkOf } from '../links';

const History = later(async () => (await import('../components/history/page')).History);

type HistoryWidget = ModelPage<HistoryModel>;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:history',
  description: 'What was run.',
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
    const tracker = new WidgetTracker<HistoryWidget>({ namespace: 'toolrunner-history' });
    const views = new SavedViewsModel(runner.preferences);
    const openRun = (id: string): void => void commands.execute(CommandIDs.openRun, { id });
    const make = (query: string): HistoryWidget => {
      const model = new HistoryModel(runner.client, runner.events, query);
      const draw = (): ReturnType<typeof createElement> =>
        createElement(History, {
          model,
          views,
          tools: runner.tools,
          events: runner.events,
          openRun,
          copyLink: () => copy(historyLink(model.query), trans.__('Copied.')),
          copyLinks: () => copy([...model.selected.values()].map(run => permalinkOf(run)).join('\n'), trans.__('Copied.')),
          openRetention: () => void commands.execute(CommandIDs.openRetention)
        });
      const widget = new ModelPage(model, { id: 'toolrunner-history', icon: historyIcon, label: trans.__('History'), settings: runner.settings, health: runner.health, draw });
      let kept = model.query;
      model.changed.connect(() => {
        if (model.query !== kept) {
          kept = model.query;
          void tracker.save(widget);
        }
      });
      return widget;
    };
    commands.addCommand(CommandIDs.openHistory, {
      label: trans.__('Show History'),
      caption: trans.__('Show what was run, the newest first'),
      icon: historyIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: { view: { type: 'string', description: trans.__('Filters and order, as in a link to a view') } }
        }
      },
      execute: args => {
        let widget = tracker.currentWidget;
        const query = typeof args.view === 'string' ? args.view : null;
        if (!widget) {
          widget = make(query ?? views.default?.query ?? '');
          addPage(app, widget, { type: 'History' });
          void tracker.add(widget);
        } else if (query !== null && query !== widget.model.query) {
          widget.model.load(query);
        }
        showPage(app, widget);
      }
    });
    palette?.addItem({ command: CommandIDs.openHistory, category: trans.__('Tools') });
    void restorer?.restore(tracker, {
      command: CommandIDs.openHistory,
      args: widget => ({ view: widget.model.query }),
      name: () => 'history'
    });
  }
};

export default plugin;
