/** Says when a run that this window started has ended, unless its page is in sight. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';

import type { Run } from '../api/types';
import { shortName, stateSentence } from '../format';
import { isFinal } from '../logic/merge';
import { CommandIDs, IToolRunner } from '../tokens';
import { trans } from '../translation';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:notifications',
  description: 'Notifications about runs that have ended.',
  autoStart: true,
  requires: [IToolRunner],
  activate: (app: JupyterFrontEnd, runner: IToolRunner): void => {
    const isInSight = (run: Run): boolean =>
      !document.hidden && [...app.shell.widgets('main')].some(widget => widget.id === `toolrunner-run-${run.id}` && widget.isVisible);
    runner.events.runChanged.connect((_, run) => {
      if (!isFinal(run.status) || !runner.started.delete(run.id) || isInSight(run)) {
        return;
      }
      const message = `#${run.number} ${shortName(run.tool)}: ${stateSentence(run)}`;
      const open = { label: trans.__('Open'), callback: () => void app.commands.execute(CommandIDs.openRun, { id: run.id }) };
      const kind = run.status === 'succeeded' ? 'success' : run.status === 'failed' ? 'error' : 'info';
      Notification.emit(message, kind, { actions: [open], autoClose: kind === 'error' ? false : 6_000 });
    });
  }
};

export default plugin;
