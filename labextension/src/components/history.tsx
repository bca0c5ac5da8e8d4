/** Recent runs, live, the newest first. */

import type { KeyboardEvent, ReactElement } from 'react';

import type { Run, RunStatus } from '../api/types';
import { formatDuration, secondsOf, shortName, statusText, statusWord } from '../format';
import { showValue } from '../logic/json';
import { isFinal } from '../logic/merge';
import { useModel } from '../models/model';
import type { RunsModel } from '../models/runs';
import type { ToolsModel } from '../models/tools';
import { trans } from '../translation';
import { Ago, Button, FailureNotice, LinkButton, Loading, Notice, useNow } from './basics';
import { Mark } from './icons';

const STATUSES: RunStatus[] = ['waiting', 'queued', 'running', 'succeeded', 'failed', 'canceled', 'skipped'];

export interface HistoryProps {
  runs: RunsModel;
  tools: ToolsModel;
  openRun: (id: string) => void;
}

export function History(props: HistoryProps): ReactElement {
  const { runs, tools } = props;
  useModel(runs);
  useModel(tools);
  const active = runs.runs.some(run => run.status === 'running');
  const now = useNow(active ? 1_000 : 30_000);
  const filters = Number(runs.filter.status !== undefined) + Number(runs.filter.tool !== undefined);
  return (
    <div className="trn-page trn-history">
      <div className="trn-head">
        <div className="trn-head-row">
          <h1>{trans.__('History')}</h1>
          <span className="trn-grow" />
          <Filters {...props} />
        </div>
      </div>
      {runs.failure && <FailureNotice failure={runs.failure} onRetry={() => void runs.refresh()} />}
      {!runs.loaded && !runs.failure && <Loading>{trans.__('Loading runs')}</Loading>}
      {runs.loaded && runs.runs.length === 0 && (
        <Notice>
          {filters === 0 ? (
            trans.__('No runs yet. Choose a tool on the left; its first result appears here.')
          ) : (
            <>
              {trans._n('No run matches this filter.', 'No run matches these %1 filters.', filters)}{' '}
              <LinkButton onClick={() => void runs.setFilter({})}>{trans.__('Clear filters')}</LinkButton>
            </>
          )}
        </Notice>
      )}
      {runs.runs.length > 0 && (
        <div className="trn-history-body" data-list="" tabIndex={0} role="region" aria-label={trans.__('Runs')} onKeyDown={moveFocus}>
          <table className="trn-runs">
            <thead>
              <tr>
                <th scope="col">{trans.__('Status')}</th>
                <th scope="col">{trans._p('noun', 'Run')}</th>
                <th scope="col">{trans.__('Tool')}</th>
                <th scope="col" className="trn-wide">
                  {trans.__('Parameters and outcome')}
                </th>
                <th scope="col">{trans.__('Started')}</th>
                <th scope="col" className="trn-right">
                  {trans.__('Duration')}
                </th>
                <th scope="col" className="trn-wide">
                  {trans.__('Who')}
                </th>
              </tr>
            </thead>
            <tbody>
              {runs.runs.map(run => (
                <Row key={run.id} run={run} tools={tools} now={now} openRun={props.openRun} />
              ))}
            </tbody>
          </table>
          {runs.hasMore && (
            <p className="trn-more">
              <Button disabled={runs.loading} onClick={() => void runs.loadMore()}>
                {trans.__('Load more')}
              </Button>
            </p>
          )}
        </div>
      )}
    </div>
  );
}

/** J and K walk through the runs. */
function moveFocus(event: KeyboardEvent): void {
  const step = event.key === 'j' || event.key === 'ArrowDown' ? 1 : event.key === 'k' || event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0) {
    return;
  }
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('tbody .trn-number-link')];
  const at = links.findIndex(link => link === document.activeElement);
  const next = links[Math.max(0, Math.min(links.length - 1, at + step))];
  event.preventDefault();
  next?.focus();
}

function Filters(props: HistoryProps): ReactElement {
  const { runs, tools } = props;
  const { status, tool } = runs.filter;
  const set = (change: { status?: RunStatus | undefined; tool?: string | undefined }): void => {
    const next = { status, tool, ...change };
    void runs.setFilter({ ...(next.status ? { status: next.status } : {}), ...(next.tool ? { tool: next.tool } : {}) });
  };
  return (
    <>
      <select
        className="trn-input trn-filter"
        aria-label={trans.__('Status')}
        value={status ?? ''}
        onChange={event => set({ status: STATUSES.find(other => other === event.currentTarget.value) })}
      >
        <option value="">{trans.__('Any status')}</option>
        {STATUSES.map(other => (
          <option key={other} value={other}>
            {statusWord(other)}
          </option>
        ))}
      </select>
      <select
        className="trn-input trn-filter"
        aria-label={trans.__('Tool')}
        value={tool ?? ''}
        onChange={event => set({ tool: event.currentTarget.value || undefined })}
      >
        <option value="">{trans.__('Any tool')}</option>
        {tools.tools.map(({ name, short_name }) => (
          <option key={name} value={name}>
            {short_name}
          </option>
        ))}
      </select>
    </>
  );
}

function Row(props: { run: Run; tools: ToolsModel; now: number; openRun: (id: string) => void }): ReactElement {
  const { run, now } = props;
  const seconds = secondsOf(run, now);
  const duration = seconds === null || (!isFinal(run.status) && run.status !== 'running') ? '' : formatDuration(seconds);
  return (
    <tr data-run={run.id} onDoubleClick={() => props.openRun(run.id)}>
      <td>
        <span className="trn-status">
          <Mark status={run.status} /> {statusText(run)}
        </span>
      </td>
      <td>
        <button type="button" className="trn-link trn-number-link" onClick={() => props.openRun(run.id)}>
          #{run.number}
        </button>
      </td>
      <td className="trn-cut">{props.tools.find(run.tool)?.short_name ?? shortName(run.tool)}</td>
      <td className="trn-wide trn-outcome">{outcomeOf(run)}</td>
      <td>
        <Ago time={run.started_at ?? run.created_at} now={now} />
      </td>
      <td className="trn-right">{duration}</td>
      <td className="trn-wide trn-cut">{run.owner}</td>
    </tr>
  );
}

function outcomeOf(run: Run): ReactElement {
  if (run.error && run.status === 'failed') {
    return (
      <>
        {run.error.type}
        {run.error.message !== '' && `: ${run.error.message.slice(0, 200)}`}
      </>
    );
  }
  const values = Object.entries(run.params).slice(0, 4);
  return (
    <>
      {values.map(([name, value]) => (
        <span key={name} className="trn-chip">
          <span className="trn-quiet">{name}</span> {cut(showValue(value))}
        </span>
      ))}
    </>
  );
}

function cut(text: string): string {
  return text.length > 32 ? `${text.slice(0, 31)}…` : text;
}
