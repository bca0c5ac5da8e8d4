/** One run's page: what happened, what came out, what now. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { useEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent, type ReactElement } from 'react';

import type { ApiClient } from '../api/client';
import type { Artifact, Run } from '../api/types';
import { formatExact, formatNumber } from '../format';
import { isFinal } from '../logic/merge';
import { useModel } from '../models/model';
import type { RunModel } from '../models/run';
import type { ToolsModel } from '../models/tools';
import type { PreviewRegistry } from '../previews';
import { trans } from '../translation';
import { FailureNotice, Loading, Notice, useSize } from './basics';
import { Boundary } from './boundary';
import { ErrorTab } from './errorTab';
import { LogView } from './logView';
import { AttemptsTab, EnvironmentTab, ParametersTab } from './runFacts';
import { ResultsTab } from './resultsTab';
import { RunHead } from './runHead';
import { SourceTab } from './sourceTab';

const WIDE = 720;

export interface RunPageProps {
  model: RunModel;
  tools: ToolsModel;
  client: ApiClient;
  previews: PreviewRegistry;
  rendermime: IRenderMimeRegistry | null;
  actions: RunActions;
}

/** What a run's page can ask of what is around it; null where that has no place for it. */
export interface RunActions {
  editAndRunAgain: ((run: Run) => void) | null;
  /** Of a run that waits. */
  changeValues: ((run: Run) => void) | null;
  /** Have its tool run by itself with its values. */
  schedule: ((run: Run) => void) | null;
  /** A run was made here. */
  started(run: Run): void;
  openTool: ((name: string) => void) | null;
  openRun(id: string): void;
  openBatch: ((id: string) => void) | null;
  openSchedule: ((id: string) => void) | null;
  /** The runs of a chain, in the history. */
  openChain: ((chain: string) => void) | null;
  openFile(path: string, line: number | null): void;
  /** Whether Lab can open this file of the server. */
  canOpenFile(path: string): boolean;
  /** In a tab of its own. */
  openArtifact: ((artifact: Artifact, run: Run) => void) | null;
  download(url: string): void;
  copy(text: string, said: string): void;
  copyAs(run: Run, form: CopyForm): void;
  /** An address of the run, or of a line of its log. */
  link(run: Run, line?: number): string;
}

export type CopyForm = 'cli' | 'python' | 'rest';

type TabName = 'error' | 'results' | 'log' | 'params' | 'environment' | 'attempts' | 'source';

interface Tab {
  name: TabName;
  title: string;
  count?: number;
}

export function RunPage(props: RunPageProps): ReactElement {
  const { model } = props;
  useModel(model);
  const { run } = model;
  if (!run && model.failure?.missing) {
    return (
      <div className="trn-page">
        <Notice>{trans.__('There is no such run. It may have been removed, or the link is of another server.')}</Notice>
      </div>
    );
  }
  if (!run) {
    return (
      <div className="trn-page">
        {model.failure ? (
          <FailureNotice
            failure={model.failure}
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
  // A link to a line, and one to a place in the source, lead to the tab that has it.
  const { line, sourceLine, logRequest } = model;
  useEffect(() => {
    if (line !== null) {
      setChosen('log');
    }
  }, [line]);
  useEffect(() => {
    if (logRequest > 0) {
      setChosen('log');
      // The tab is drawn by then.
      window.requestAnimationFrame(() => node?.querySelector<HTMLElement>('.trn-tab-body .trn-log-lines, .trn-tab[data-tab="log"]')?.focus());
    }
  }, [logRequest, node]);
  const showSource = (at: number): void => {
    model.showSource(at);
    setChosen('source');
  };
  const before = model.before?.last ?? null;
  const tool = props.tools.find(run.tool);
  const log = (onFold?: () => void): ReactElement => (
    <LogView
      log={model.log}
      running={!isFinal(run.status)}
      onFold={onFold}
      folded={onFold !== undefined && folded}
      download={url => actions.download(url)}
      copy={(text, whole) => actions.copy(text, whole ? trans.__('The log was copied.') : trans.__('The end of the log was copied; the download has all.'))}
      line={line}
      linkLine={at => actions.copy(actions.link(run, at), trans.__('A link to line %1 was copied.', formatNumber(at)))}
      waiting={withoutLog(run)}
    />
  );
  return (
    <div ref={setNode} className="trn-page" data-narrow={(width > 0 && width < WIDE) || undefined} data-low={(height > 0 && height < 520) || undefined} onCopy={copyExactTimes}>
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
        {tab === 'error' && (
          <ErrorTab run={run} attempt={model.attempt} lastGood={model.before?.last_good ?? null} tool={tool} actions={actions} showSource={showSource} />
        )}
        {tab === 'results' && (
          <ResultsTab
            model={model}
            run={run}
            client={props.client}
            previews={props.previews}
            rendermime={props.rendermime}
            download={download}
            copy={(text, said) => actions.copy(text, said)}
            openArtifact={actions.openArtifact}
          />
        )}
        {tab === 'log' && log()}
        {tab === 'params' && <ParametersTab run={run} tool={tool} before={before} openRun={actions.openRun} />}
        {tab === 'environment' && <EnvironmentTab run={run} attempt={model.attempt} before={before} />}
        {tab === 'attempts' && <AttemptsTab model={model} run={run} onShow={setChosen} />}
        {tab === 'source' && <SourceTab source={model.source} line={sourceLine} actions={actions} />}
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

function withoutLog(run: Run): string {
  if (run.reused) {
    return trans.__('It was not run: it has the result of run #%1, and the log is there.', run.reused.number);
  }
  return isFinal(run.status) ? trans.__('It ended before an attempt was made, and so without a log.') : trans.__('The log begins when the run starts.');
}

/** Times are shown as "3 min ago"; whoever copies them gets what stays true. */
function copyExactTimes(event: ClipboardEvent): void {
  const selection = document.getSelection();
  if (!selection || selection.rangeCount === 0 || selection.isCollapsed) {
    return;
  }
  const copied = selection.getRangeAt(0).cloneContents();
  const times = [...copied.querySelectorAll('time')];
  if (times.length > 0) {
    times.forEach(time => (time.textContent = formatExact(time.dateTime)));
    event.clipboardData.setData('text/plain', copied.textContent);
    event.preventDefault();
  }
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
    { name: 'attempts', title: trans.__('Attempts'), count: run.attempt },
    { name: 'source', title: trans.__('Source') }
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
