/** One run's page: what happened, what came out, what now. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';

import type { ApiClient } from '../api/client';
import type { Artifact, Run } from '../api/types';
import { formatDuration, percentOf, secondsOf, shortName, stateSentence, statusText, workerName } from '../format';
import { isFinal } from '../logic/merge';
import { useModel } from '../models/model';
import type { RunModel } from '../models/run';
import type { ToolsModel } from '../models/tools';
import type { PreviewRegistry } from '../previews';
import { trans } from '../translation';
import { Ago, Button, FailureNotice, IconButton, Loading, useNow, useSize } from './basics';
import { Boundary } from './boundary';
import { ErrorTab } from './errorTab';
import { CodeIcon, EditIcon, LinkIcon, Mark, RetryIcon, StopIcon } from './icons';
import { LogView } from './logView';
import { AttemptsTab, EnvironmentTab, ParametersTab } from './runFacts';
import { ResultsTab } from './resultsTab';

const WIDE = 720;

export interface RunPageProps {
  model: RunModel;
  tools: ToolsModel;
  client: ApiClient;
  previews: PreviewRegistry;
  rendermime: IRenderMimeRegistry | null;
  actions: RunActions;
}

/** What a run's page can ask of Lab. */
export interface RunActions {
  editAndRunAgain(run: Run): void;
  openTool(name: string): void;
  openRun(id: string): void;
  openFile(path: string, line: number | null): void;
  /** Whether Lab can open this file of the server. */
  canOpenFile(path: string): boolean;
  download(url: string): void;
  copy(text: string, said: string): void;
  copyAs(run: Run, form: CopyForm): void;
  link(run: Run): string;
}

export type CopyForm = 'cli' | 'python' | 'rest';

type TabName = 'error' | 'results' | 'log' | 'params' | 'environment' | 'attempts';

interface Tab {
  name: TabName;
  title: string;
  count?: number;
}

export function RunPage(props: RunPageProps): ReactElement {
  const { model } = props;
  useModel(model);
  const { run } = model;
  if (!run) {
    return (
      <div className="trn-page">
        {model.failure ? (
          <FailureNotice
            failure={model.failure.missing ? { ...model.failure, message: trans.__('There is no such run.') } : model.failure}
            onRetry={() => void model.refresh()}
          />
        ) : (
          <Loading>{trans.__('Loading the run')}</Loading>
        )}
      </div>
    );
  }
  return <LoadedPage {...props} run={run} />;
}

function LoadedPage(props: RunPageProps & { run: Run }): ReactElement {
  const { model, run, actions } = props;
  const [node, setNode] = useState<HTMLElement | null>(null);
  const { width, height } = useSize(node);
  const [chosen, setChosen] = useState<TabName | null>(null);
  const [folded, setFolded] = useState(false);
  const tabs = tabsOf(run);
  const first = useFirstTab(run);
  const tab = tabs.some(({ name }) => name === chosen) ? (chosen ?? first) : first;
  const docked = tab !== 'log';
  const download = (artifact: Artifact): void => actions.download(props.client.artifactUrl(artifact.id, true));
  const log = (onFold?: () => void): ReactElement => (
    <LogView
      log={model.log}
      running={!isFinal(run.status)}
      onFold={onFold}
      folded={onFold !== undefined && folded}
      download={url => actions.download(url)}
      copy={text => actions.copy(text, trans.__('The log was copied.'))}
    />
  );
  return (
    <div ref={setNode} className="trn-page" data-narrow={(width > 0 && width < WIDE) || undefined} data-low={(height > 0 && height < 520) || undefined}>
      <RunHead {...props} />
      {model.actionFailure && <FailureNotice failure={model.actionFailure} />}
      {model.failure && <FailureNotice failure={model.failure} onRetry={() => void model.refresh()} />}
      <Tabs tabs={tabs} chosen={tab} id={run.id} onChoose={setChosen} />
      <div
        className="trn-tab-body"
        role="tabpanel"
        id={`trn-tab-${run.id}-${tab}`}
        aria-labelledby={`trn-tabhead-${run.id}-${tab}`}
        // Who reads the log is not taken away from it when the run ends.
        onPointerDown={() => setChosen(tab)}
        onWheel={() => setChosen(tab)}
        onKeyDown={() => setChosen(tab)}
      >
        <Boundary key={tab}>
        {tab === 'error' && <ErrorTab run={run} attempt={model.attempt} actions={actions} />}
        {tab === 'results' && (
          <ResultsTab model={model} run={run} client={props.client} previews={props.previews} rendermime={props.rendermime} download={download} />
        )}
        {tab === 'log' && log()}
        {tab === 'params' && <ParametersTab run={run} tool={props.tools.find(run.tool)} openRun={actions.openRun} />}
        {tab === 'environment' && <EnvironmentTab attempt={model.attempt} />}
        {tab === 'attempts' && <AttemptsTab model={model} run={run} onShowLog={() => setChosen('log')} />}
        </Boundary>
      </div>
      {docked && (
        <div className="trn-dock" data-folded={folded || undefined}>
          {log(() => setFolded(!folded))}
        </div>
      )}
    </div>
  );
}

/** Opens on the log while the run goes on, then on what came of it, unless a tab was chosen. */
function useFirstTab(run: Run): TabName {
  if (run.status === 'failed') {
    return 'error';
  }
  if (!isFinal(run.status)) {
    return 'log';
  }
  return run.artifacts.length > 0 ? 'results' : 'log';
}

function tabsOf(run: Run): Tab[] {
  const tabs: Tab[] = [
    { name: 'results', title: trans.__('Results'), count: run.artifacts.length },
    { name: 'log', title: trans.__('Log') },
    { name: 'params', title: trans.__('Parameters'), count: Object.keys(run.params).length },
    { name: 'environment', title: trans.__('Environment') },
    { name: 'attempts', title: trans.__('Attempts'), count: run.attempt }
  ];
  return run.error ? [{ name: 'error', title: trans.__('Error') }, ...tabs] : tabs;
}

function Tabs(props: { tabs: Tab[]; chosen: TabName; id: string; onChoose: (name: TabName) => void }): ReactElement {
  const { tabs, chosen, id } = props;
  const node = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const at = tabs.findIndex(({ name }) => name === chosen);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (step !== 0 && next) {
      event.preventDefault();
      props.onChoose(next.name);
      node.current?.querySelector<HTMLElement>(`[data-tab="${next.name}"]`)?.focus();
    }
  };
  return (
    <div ref={node} className="trn-tabs" role="tablist" aria-label={trans.__('Parts of the run')} onKeyDown={onKeyDown}>
      {tabs.map(tab => (
        <button
          key={tab.name}
          type="button"
          role="tab"
          className="trn-tab"
          data-tab={tab.name}
          id={`trn-tabhead-${id}-${tab.name}`}
          aria-selected={tab.name === chosen}
          aria-controls={tab.name === chosen ? `trn-tab-${id}-${tab.name}` : undefined}
          tabIndex={tab.name === chosen ? 0 : -1}
          onClick={() => props.onChoose(tab.name)}
        >
          {tab.title}
          {tab.count !== undefined && <span className="trn-quiet"> {tab.count}</span>}
        </button>
      ))}
    </div>
  );
}

function RunHead(props: RunPageProps & { run: Run }): ReactElement {
  const { run, model, actions, tools } = props;
  const final = isFinal(run.status);
  const title = tools.find(run.tool)?.short_name ?? shortName(run.tool);
  const [busy, setBusy] = useState(false);
  const act = async (call: () => Promise<void>): Promise<void> => {
    setBusy(true);
    await call();
    setBusy(false);
  };
  return (
    <div className="trn-head">
      <div className="trn-head-row">
        <h1>
          <button type="button" className="trn-title" title={trans.__('Open the form of %1', run.tool)} onClick={() => actions.openTool(run.tool)}>
            {title}
          </button>{' '}
          <span className="trn-number">#{run.number}</span>
        </h1>
        <IconButton label={trans.__('Copy a link to this run')} onClick={() => actions.copy(actions.link(run), trans.__('The link was copied.'))}>
          <LinkIcon />
        </IconButton>
        <span className="trn-grow" />
        <div className="trn-actions">
          {!final && (
            <Button icon={<StopIcon />} primary disabled={busy || run.cancel_requested} onClick={() => void act(() => model.cancel())}>
              {run.cancel_requested ? trans.__('Canceling') : trans.__('Cancel')}
            </Button>
          )}
          {(run.status === 'failed' || run.status === 'canceled') && (
            <Button icon={<RetryIcon />} disabled={busy} title={trans.__('One more attempt with the same values')} onClick={() => void act(() => model.retry())}>
              {trans.__('Retry')}
            </Button>
          )}
          <Button icon={<EditIcon />} onClick={() => actions.editAndRunAgain(run)}>
            {trans.__('Edit and run again')}
          </Button>
          <CopyAs run={run} actions={actions} />
        </div>
      </div>
      <StateLine run={run} tools={tools} />
      <ProgressBar run={run} />
      {run.status === 'failed' && run.error && <ErrorBanner run={run} />}
    </div>
  );
}

function CopyAs(props: { run: Run; actions: RunActions }): ReactElement {
  const [open, setOpen] = useState(false);
  const node = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) {
      return;
    }
    node.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    const close = (event: Event): void => {
      if (!(event.target instanceof Node && node.current?.contains(event.target))) {
        setOpen(false);
      }
    };
    document.addEventListener('pointerdown', close);
    return () => document.removeEventListener('pointerdown', close);
  }, [open]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const items = [...(node.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const at = items.findIndex(item => item === document.activeElement);
    if (event.key === 'Escape' && open) {
      event.stopPropagation();
      setOpen(false);
      node.current?.querySelector('button')?.focus();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      items[(at + (event.key === 'ArrowDown' ? 1 : -1) + items.length) % items.length]?.focus();
    }
  };
  const forms: [CopyForm, string][] = [
    ['cli', trans.__('Command line')],
    ['python', trans.__('Python')],
    ['rest', trans.__('REST')]
  ];
  return (
    <div className="trn-menu-anchor" ref={node} onKeyDown={onKeyDown}>
      <button type="button" className="trn-button" aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        <CodeIcon />
        <span>{trans.__('Copy as')}</span>
      </button>
      {open && (
        <div className="trn-menu" role="menu">
          {forms.map(([form, title]) => (
            <button
              key={form}
              type="button"
              role="menuitem"
              onClick={() => {
                setOpen(false);
                props.actions.copyAs(props.run, form);
              }}
            >
              {title}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function StateLine(props: { run: Run; tools: ToolsModel }): ReactElement {
  const { run } = props;
  const final = isFinal(run.status);
  const now = useNow(final ? 30_000 : 1_000);
  const waited = run.started_at ? (Date.parse(run.started_at) - Date.parse(run.created_at)) / 1000 : null;
  const since = run.finished_at ?? run.started_at ?? run.created_at;
  const parts: ReactNode[] = [
    <Ago key="when" time={since} now={now} />,
    <span key="owner">{run.owner}</span>,
    run.worker && (
      <span key="worker" title={run.worker}>
        {waited === null || waited < 0.1
          ? workerName(run.worker)
          : trans.__('%1, waited %2', workerName(run.worker), formatDuration(waited))}
      </span>
    ),
    <span key="version">
      {trans.__('version')} <code title={run.version}>{run.version.slice(0, 7)}</code>
    </span>,
    run.attempt > 1 && <span key="attempts">{trans._n('%1 attempt', '%1 attempts', run.attempt)}</span>
  ];
  return (
    <p className="trn-state">
      <Mark status={run.status} />
      <strong>
        <span aria-live="polite" className="trn-sr">
          {statusText({ ...run, progress: null })}
        </span>
        <span aria-hidden="true">{stateSentence(run, now)}</span>
      </strong>
      {parts.filter(Boolean).map((part, i) => (
        <span key={i} className="trn-state-part">
          {part}
        </span>
      ))}
    </p>
  );
}

function ProgressBar(props: { run: Run }): ReactElement | null {
  const { run } = props;
  const now = useNow(run.status === 'running' ? 1_000 : null);
  const progress = run.progress;
  if (run.status !== 'running' || !progress) {
    return null;
  }
  const percent = percentOf(run);
  const seconds = secondsOf(run, now);
  const share = progress.total ? progress.done / progress.total : 0;
  const left = seconds !== null && share > 0.05 && share < 1 ? (seconds * (1 - share)) / share : null;
  const count = progress.total ? trans.__('%1 of %2', progress.done, progress.total) : String(progress.done);
  return (
    <div className="trn-progress">
      <div
        className="trn-progress-bar"
        role="progressbar"
        aria-label={trans.__('Progress')}
        aria-valuemin={0}
        aria-valuemax={100}
        // Said every ten percent, not at each step.
        aria-valuenow={percent === null ? undefined : Math.floor(percent / 10) * 10}
      >
        <div style={{ width: `${percent ?? 100}%` }} data-open={percent === null || undefined} />
      </div>
      <p className="trn-quiet">
        {[percent === null ? '' : `${percent}%`, count, progress.text, left === null ? '' : trans.__('about %1 left', formatDuration(left))]
          .filter(text => text !== '')
          .join(' · ')}
      </p>
    </div>
  );
}

function ErrorBanner(props: { run: Run }): ReactElement {
  const { run } = props;
  const own = run.error?.frames.filter(frame => frame.own).at(-1);
  const kept = run.artifacts.length;
  const file = own?.file.split('/').at(-1);
  const name = run.error?.type ?? '';
  const message = run.error?.message ?? '';
  return (
    <div className="trn-banner">
      <p>
        <strong>{message === '' ? name : message.startsWith(name) || !/^[A-Z]/.test(name) ? message : `${name}: ${message}`}</strong>{' '}
        {own && file !== undefined && trans.__('in %1, line %2.', file, own.line)}
      </p>
      {run.error?.hint && <p>{run.error.hint}</p>}
      <p className="trn-quiet-strong">
        {kept > 0 ? trans._n('%1 result is kept.', '%1 results are kept.', kept) : trans.__('Nothing was published.')}
      </p>
    </div>
  );
}
