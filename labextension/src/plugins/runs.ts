/** Pages of runs in the main area. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, Notification, ReactWidget, WidgetTracker } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Message } from '@lumino/messaging';
import { createElement, lazy, Suspense, type ReactElement } from 'react';

import type { Run, RunId } from '../api/types';
import type { CopyForm, RunActions } from '../components/runPage';
import { contentsPath, openFile } from '../files';
import { shortName, statusText } from '../format';
import { historyIcon, statusIcon } from '../icons';
import { asCommand, asPython, asRequest } from '../logic/snippets';
import { RunModel } from '../models/run';
import { CommandIDs, IToolRunner, textArg } from '../tokens';
import { trans } from '../translation';
import { permalinkOf } from './permalink';

const RunPage = lazy(async () => ({ default: (await import('../components/runPage')).RunPage }));

class RunWidget extends ReactWidget {
  constructor(
    readonly model: RunModel,
    private readonly _draw: (model: RunModel) => ReactElement
  ) {
    super();
    this.id = `toolrunner-run-${model.id}`;
    this.addClass('trn-root');
    this.addClass('trn-main');
    this.node.tabIndex = -1;
    this.title.closable = true;
    this.title.icon = historyIcon;
    this.title.label = trans._p('noun', 'Run');
    model.changed.connect(this._entitle, this);
    this._entitle();
  }

  /** Whether showing the page leaves the focus where it is. */
  keepFocus = false;

  override dispose(): void {
    if (!this.isDisposed) {
      this.model.dispose();
      super.dispose();
    }
  }

  protected override render(): ReactElement {
    return this._draw(this.model);
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    // Lab takes for current what had the focus last, so the page has it for a moment at least.
    const before = document.activeElement;
    this.node.focus();
    if (this.keepFocus && before instanceof HTMLElement) {
      before.focus();
    }
    this.keepFocus = false;
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
    const { commands, shell } = app;
    const tracker = new WidgetTracker<RunWidget>({ namespace: 'toolrunner-runs' });
    const actions = actionsOf(app, runner);
    const draw = (model: RunModel): ReactElement =>
      createElement(
        Suspense,
        { fallback: null },
        createElement(RunPage, { model, tools: runner.tools, client: runner.client, previews: runner.previews, rendermime, actions })
      );
    const open = (id: RunId, keepFocus: boolean): void => {
      let widget = tracker.find(other => other.model.id === id);
      if (!widget) {
        widget = new RunWidget(new RunModel(id, runner.client, runner.events, runner.recent.find(id) ?? null), draw);
        shell.add(widget, 'main', { type: 'Run' });
        void tracker.add(widget);
      }
      widget.keepFocus = keepFocus;
      shell.activateById(widget.id);
    };
    commands.addCommand(CommandIDs.openRun, {
      label: trans.__('Open a Run'),
      describedBy: {
        args: {
          type: 'object',
          required: ['id'],
          properties: {
            id: { type: 'string', description: trans.__('Id of the run') },
            keepFocus: { type: 'boolean', description: trans.__('Leave the focus where it is') }
          }
        }
      },
      execute: args => open(textArg(args.id), args.keepFocus === true)
    });
    commands.addCommand(CommandIDs.copyRun, {
      label: trans.__('Copy a Run as Command Line, Python or REST'),
      describedBy: {
        args: {
          type: 'object',
          required: ['id', 'form'],
          properties: { id: { type: 'string' }, form: { type: 'string', enum: ['cli', 'python', 'rest'] } }
        }
      },
      execute: async args => actions.copyAs(await runner.client.run(textArg(args.id)), args.form as CopyForm)
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
  const copy = (text: string, said: string): void => {
    Clipboard.copyToSystem(text);
    Notification.info(said, { autoClose: 2_000 });
  };
  return {
    editAndRunAgain: run => void commands.execute(CommandIDs.editRun, { id: run.id }),
    openTool: name => void commands.execute(CommandIDs.openTool, { tool: name }),
    openRun: id => void commands.execute(CommandIDs.openRun, { id }),
    openFile: (path, line) => void openFile(commands, path, line),
    canOpenFile: path => contentsPath(path) !== null,
    download,
    copy,
    copyAs: (run, form) => copy(snippetOf(run, form, runner), trans.__('Copied.')),
    link: permalinkOf
  };
}

function snippetOf(run: Run, form: CopyForm, runner: IToolRunner): string {
  switch (form) {
    case 'cli':
      return asCommand(run);
    case 'python':
      return asPython(run);
    case 'rest':
      return asRequest(run, runner.client.runsUrl);
  }
}

function download(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  document.body.appendChild(link);
  link.click();
  link.remove();
}

export default plugin;
