/** Says when a run that this window started has ended, unless its page is in sight. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';

import type { Run, RunId } from '../api/types';
import { shortName, stateSentence } from '../format';
import { isFinal } from '../logic/merge';
import { CommandIDs, IToolRunner } from '../tokens';
import { trans } from '../translation';

const MOST_ENDS = 100;
/** In which the answer to a submit comes behind the end of its run. */
const ANSWER_MS = 3_000;
const OPENING_MS = 1_000;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:notifications',
  description: 'Notifications about runs that have ended.',
  autoStart: true,
  requires: [IToolRunner],
  activate: (app: JupyterFrontEnd, runner: IToolRunner): void => {
    const { settings } = runner;
    const isInSight = (run: Run): boolean =>
      !document.hidden && ['main', 'down'].flatMap(area => [...app.shell.widgets(area)]).some(widget => widget.id === `toolrunner-run-${run.id}` && widget.isVisible);
    const open = (run: Run): void => void app.commands.execute(CommandIDs.openRun, { id: run.id });

    const sayInLab = (run: Run, message: string): void => {
      const failed = run.status === 'failed';
      const kind = run.status === 'succeeded' ? 'success' : failed ? 'error' : 'info';
      const actions: Notification.IAction[] = [{ label: trans.__('Open'), callback: () => open(run) }];
      if (failed) {
        const id = run.id;
        actions.push({ label: trans.__('Retry'), caption: trans.__('One more attempt of this run: same number, same values, same code'), callback: () => void app.commands.execute(CommandIDs.retryRun, { id }) });
      }
      Notification.emit(message, kind, { actions, autoClose: failed ? 20_000 : 6_000 });
    };

    const sayOnDesktop = (run: Run, message: string): void => {
      const notification = new window.Notification(message, { tag: run.id, body: run.error?.message.slice(0, 200) ?? '' });
      notification.onclick = () => {
        window.focus();
        open(run);
        notification.close();
      };
    };

    const say = (run: Run): void => {
      if (isInSight(run)) {
        return;
      }
      const { notifications, desktopNotifications } = settings.values;
      if (notifications === 'never' || (notifications === 'failed' && run.status !== 'failed')) {
        return;
      }
      const message = `#${run.number} ${shortName(run.tool)}: ${stateSentence(run)}`;
      sayInLab(run, message);
      if (desktopNotifications && document.hidden && permission() === 'granted') {
        sayOnDesktop(run, message);
      }
    };

    /** Ends of runs that this window is not known to have started: that of a quick one comes before the answer to its submit. */
    const ends = new Map<RunId, { run: Run; heardAt: number }>();
    runner.events.runChanged.connect((_, run) => {
      if (!isFinal(run.status)) {
        return;
      }
      if (runner.started.delete(run.id)) {
        say(run);
        return;
      }
      ends.set(run.id, { run, heardAt: Date.now() });
      if (ends.size > MOST_ENDS) {
        ends.delete([...ends.keys()][0] ?? run.id);
      }
    });
    runner.started.added.connect((_, id) => {
      const end = ends.get(id);
      ends.delete(id);
      // One that is tried again may have ended long before.
      if (end && Date.now() - end.heardAt < ANSWER_MS) {
        // Its page is only being opened.
        setTimeout(() => runner.started.delete(id) && say(end.run), OPENING_MS);
      }
    });
    settings.changed.connect(() => {
      if (settings.values.desktopNotifications && permission() === 'default') {
        void window.Notification.requestPermission();
      }
    });
  }
};

/** Browsers offer desktop notifications on encrypted pages and on this machine alone. */
function permission(): NotificationPermission {
  return 'Notification' in window ? window.Notification.permission : 'denied';
}

export default plugin;
