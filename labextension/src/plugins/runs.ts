/** Pages of runs in the main area. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { copyIcon, downloadIcon, launchIcon, linkIcon, textEditorIcon, refreshIcon, stopIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { createElement, type ReactElement } from 'react';

import type { Run, RunId } from '../api/types';
import { complain } from '../complaint';
import { later } from '../components/boundary';
import type { CopyForm, RunActions } from '../components/runPage';
import { copy, copyRunAs, download } from '../copying';
import { contentsPath, openFile } from '../files';
import { shortName, statusText } from '../format';
import { historyIcon, statusIcon } from '../icons';
import { isFinal } from '../logic/merge';
import { RunModel } from '../models/run';
import { addPage, Page, showPage } from '../page';
import { targetOf } from '../target';
import { CommandIDs, IToolRunner } from '../tokens';
import { trans } from '../translation';
import { permalinkOf } from '../links';

const RunPage = later(async () => (await import('../components/runPage')).RunPage);

class RunWidget extends Page {
  constructor(
    readonly model: RunModel,
    window: Pick<IToolRunner, 'settings' | 'health'>,
    draw: (model: RunModel) => ReactElement
  ) {
    super({
      id: `toolrunner-run-${model.id}`,
      icon: historyIcon,
      label: trans._p('noun', 'Run'),
      settings: window.settings,
      health: window.health,
      draw: () => draw(model)
    });
    model.changed.connect(this._entitle, this);
    this._entitle();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.model.dispose();
      super.dispose();
    }
  }

  private _entitle(): void {
    const { run } = this.model;
    if (run) {
      this.title.label = `#${run.number} ${shortName(run.tool)}`;
      this.title.caption = `${shortName(run.tool)} #${run.number}: ${statusText(run)}`;
      this.title.icon = statusIcon(run.status);
    }
  }
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:runs',
  description: 'Pages of runs.',
  autoStart: true,
  requires: [IToolRunner],
  optional: [ILayoutRestorer, IRenderMimeRegistry],
  activate: (
    app: JupyterFrontEnd,
    runner: IToolRunner,
    restorer: ILayoutRestorer | null,
    rendermime: IRenderMimeRegistry | null
  ): void => {
    const { commands } = app;
    const tracker = new WidgetTracker<RunWidget>({ namespace: 'toolrunner-runs' });
    const actions = actionsOf(app, runner);
    const draw = (model: RunModel): ReactElement =>
      createElement(RunPage, { model, tools: runner.tools, client: runner.client, previews: runner.previews, rendermime, actions });
    const open = (id: RunId, keepFocus: boolean, background: boolean, line: number | null): RunWidget => {
      let widget = tracker.find(other => other.model.id === id);
      if (!widget) {
        const known = runner.recent.find(id) ?? null;
        widget = new RunWidget(new RunModel(id, runner.client, runner.events, known), runner, draw);
        addPage(app, widget, { type: 'Run', activate: !background });
        void tracker.add(widget);
      }
      if (line !== null) {
        widget.model.showLine(line);
      }
      if (!background) {
        widget.keepFocus = keepFocus;
        showPage(app, widget);
      }
      return widget;
    };
    const id = { type: 'string', description: trans.__('Id of the run; the one that is pointed at where it is left out') };
    const ofRun = { args: { type: 'object', properties: { id } } } as const;
    /** The run that is pointed at, else the one whose page is in front. */
    const here = (args: ReadonlyPartialJSONObject): RunId | null => {
      const { currentWidget } = app.shell;
      return targetOf(app, args, 'run') ?? (currentWidget instanceof RunWidget ? currentWidget.model.id : null);
    };
    /** The run that a command is about; unknown where it is not among the latest. */
    const known = (args: ReadonlyPartialJSONObject): Run | undefined => runner.recent.find(targetOf(app, args, 'run') ?? '');
    const change = async (call: () => Promise<Run>): Promise<void> => {
      try {
        runner.events.tell(await call());
      } catch (error) {
        complain(error);
      }
    };
    commands.addCommand(CommandIDs.openRun, {
      label: trans.__('Open the Run'),
      caption: trans.__('Show what happened in a run and what came out of it'),
      icon: launchIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            id,
            keepFocus: { type: 'boolean', description: trans.__('Leave the focus where it is') },
            background: { type: 'boolean', description: trans.__('Open the page behind the one that is shown') },
            line: { type: 'integer', minimum: 1, description: trans.__('Line of its log to show') }
          }
        }
      },
      execute: args => {
        const wanted = targetOf(app, args, 'run');
        if (wanted !== null) {
          open(wanted, args.keepFocus === true, args.background === true, typeof args.line === 'number' ? args.line : null);
        }
      }
    });
    commands.addCommand(CommandIDs.cancelRun, {
      label: trans.__('Cancel the Run'),
      caption: trans.__('End a run that waits or runs'),
      icon: stopIcon,
      isEnabled: args => !isFinal(known(args)?.status ?? 'running'),
      describedBy: ofRun,
      execute: async args => {
        const wanted = targetOf(app, args, 'run');
        if (wanted !== null) {
          await change(() => runner.client.cancel(wanted));
        }
      }
    });
    commands.addCommand(CommandIDs.retryRun, {
      label: trans.__('Retry the Run'),
      caption: trans.__('One more attempt of this run: same number, same values, same code'),
      icon: refreshIcon,
      isEnabled: args => ['waiting', 'failed', 'canceled'].includes(known(args)?.status ?? 'failed'),
      describedBy: ofRun,
      execute: async args => {
        const wanted = targetOf(app, args, 'run');
        if (wanted !== null) {
          runner.started.add(wanted);
          await change(() => runner.client.retry(wanted));
        }
      }
    });
    commands.addCommand(CommandIDs.showLog, {
      label: trans.__('Show the Log of the Run'),
      caption: trans.__('Show the log of the run that has the focus, or whose page is shown'),
      icon: textEditorIcon,
      describedBy: ofRun,
      execute: args => {
        const wanted = here(args);
        if (wanted !== null) {
          open(wanted, false, false, null).model.showLog();
        }
      }
    });
    commands.addCommand(CommandIDs.copyRunLink, {
      label: trans.__('Copy a Link to the Run'),
      caption: trans.__('Whoever opens the link sees the page of the run'),
      icon: linkIcon,
      describedBy: ofRun,
      execute: async args => {
        const wanted = here(args);
        if (wanted === null) {
          return;
        }
        try {
          const run = runner.recent.find(wanted) ?? (await runner.client.run(wanted));
          actions.copy(actions.link(run), trans.__('The link was copied.'));
        } catch (error) {
          complain(error);
        }
      }
    });
    commands.addCommand(CommandIDs.copyRun, {
      label: args => copyLabel(args.form as CopyForm),
      caption: trans.__('Copy the call that makes the same run'),
      icon: copyIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            id,
            form: { type: 'string', enum: ['cli', 'python', 'rest'], description: trans.__('How the call is written') }
          }
        }
      },
      execute: async args => {
        const wanted = targetOf(app, args, 'run');
        if (wanted !== null) {
          await copyRunAs(wanted, (args.form as CopyForm | undefined) ?? 'cli', runner.client);
        }
      }
    });
    commands.addCommand(CommandIDs.downloadArtifact, {
      label: trans.__('Download the Result'),
      caption: trans.__('Save a file that a run made'),
      icon: downloadIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: { id: { type: 'string', description: trans.__('Id of the artifact; the one that is pointed at where it is left out') } }
        }
      },
      execute: args => {
        const artifact = targetOf(app, args, 'artifact');
        if (artifact !== null) {
          actions.download(runner.client.artifactUrl(artifact, true));
        }
      }
    });
    void restorer?.restore(tracker, {
      command: CommandIDs.openRun,
      args: widget => ({ id: widget.model.id, keepFocus: true }),
      name: widget => widget.model.id
    });
  }
};

function actionsOf(app: JupyterFrontEnd, runner: IToolRunner): RunActions {
  const { commands } = app;
  return {
    editAndRunAgain: run => void commands.execute(CommandIDs.editRun, { id: run.id }),
    changeValues: run => void commands.execute(CommandIDs.changeRun, { id: run.id }),
    schedule: run => void commands.execute(CommandIDs.schedule, { id: run.id }),
    started: run => {
      runner.started.add(run.id);
      runner.events.tell(run);
      void commands.execute(CommandIDs.openRun, { id: run.id, keepFocus: true });
    },
    openTool: name => void commands.execute(CommandIDs.openTool, { tool: name }),
    openRun: id => void commands.execute(CommandIDs.openRun, { id }),
    openBatch: id => void commands.execute(CommandIDs.openBatches, { id }),
    openSchedule: id => void commands.execute(CommandIDs.openSchedules, { id }),
    openChain: chain => void commands.execute(CommandIDs.openHistory, { view: `chain=${chain}` }),
    openFile: (path, line) => void openFile(commands, path, line),
    canOpenFile: path => contentsPath(path) !== null,
    openArtifact: (artifact, run) => void commands.execute(CommandIDs.openArtifact, { id: artifact.id, run: run.id }),
    download,
    copy,
    copyAs: (run, form) => void copyRunAs(run.id, form, runner.client),
    link: permalinkOf
  };
}

function copyLabel(form: CopyForm | undefined): string {
  switch (form) {
    case 'python':
      return trans.__('Copy as Python');
    case 'rest':
      return trans.__('Copy as REST Call');
    default:
      return trans.__('Copy as Command Line');
  }
}

export default plugin;
