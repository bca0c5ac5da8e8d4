/** The plugins of the extension: one in each file. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import artifacts from './plugins/artifacts';
import batches from './plugins/batches';
import commands from './plugins/commands';
import core from './plugins/core';
import dashboards from './plugins/dashboards';
import formLink from './plugins/formLink';
import history from './plugins/history';
import launcher from './plugins/launcher';
import notifications from './plugins/notifications';
import permalink from './plugins/permalink';
import queue from './plugins/queue';
import retention from './plugins/retention';
import runs from './plugins/runs';
import schedules from './plugins/schedules';
import settings from './plugins/settings';
import sidebar from './plugins/sidebar';
import status from './plugins/status';
import toolboxes from './plugins/toolboxes';
import workers from './plugins/workers';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  core,
  settings,
  commands,
  sidebar,
  toolboxes,
  dashboards,
  runs,
  artifacts,
  history,
  queue,
  workers,
  retention,
  schedules,
  batches,
  status,
  launcher,
  notifications,
  permalink,
  formLink
];

export default plugins;
