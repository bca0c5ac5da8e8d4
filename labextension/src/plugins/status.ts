/** Status bar: what runs, and whether events come. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ReactWidget } from '@jupyterlab/apputils';
import { IStatusBar } from '@jupyterlab/statusbar';
import { createElement } from 'react';

import { ActivityItem, ConnectionItem } from '../components/statusItem';
import { CommandIDs, IToolRunner } from '../tokens';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:status',
  description: 'Running and queued runs in the status bar.',
  autoStart: true,
  requires: [IToolRunner],
  optional: [IStatusBar],
  activate: (app: JupyterFrontEnd, runner: IToolRunner, bar: IStatusBar | null): void => {
    const open = (): void => void app.commands.execute(CommandIDs.openQueue);
    const activity = ReactWidget.create(createElement(ActivityItem, { activity: runner.activity, open }));
    const connection = ReactWidget.create(createElement(ConnectionItem, { events: runner.events, health: runner.health }));
    activity.addClass('trn-root');
    connection.addClass('trn-root');
    bar?.registerStatusItem('jupyter-toolrunner:activity', { item: activity, align: 'left', rank: 5 });
    bar?.registerStatusItem('jupyter-toolrunner:connection', { item: connection, align: 'right', rank: 90 });
  }
};

export default plugin;
