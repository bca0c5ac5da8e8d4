/** The queue: who works on what, and what starts next. */

import { useState, type KeyboardEvent, type ReactElement } from 'react';

import type { Priority, Run, WorkerView } from '../api/types';
import { formatDuration, formatExact, formatNumber, percentOf, secondsOf, shortName, statusText, timeFormat } from '../format';
import { useModel } from '../models/model';
import type { QueueModel, QueueReport } from '../models/queue';
import type { ToolsModel } from '../models/tools';
import { trans } from '../translation';
import { Button, FailureNotice, IconButton, LinkButton, Loading, Notice, useNow, useSize } from './basics';
import { priorityWord } from './history/bulkBar';
import { ParamChips } from './history/paramChips';
import { MenuItem, Popover } from './history/popover';
import { CloseIcon, DownIcon, EditIcon, Mark, StopIcon, UpIcon, WarningIcon } from './icons';

export interface QueueProps {
  model: QueueModel;
  tools: ToolsModel;
  openRun: (id: string) => void;
  editRun: (id: string) => void;
}

const NARROW = 720;
const PAST_MS = 15 * 60_000;

export function Queue(props: QueueProps): ReactElement {
  const { model, tools } = props;
  useModel(model);
  useModel(tools);
  const now = useNow(model.running > 0 ? 1_000 : 10_000);
  const [node, setNode] = useState<HTMLDivElement | null>(null);
  const { width } = useSize(node);
  const narrow = width > 0 && width < NARROW;
  return (
    <div className="trn-page trn-queue" ref={setNode}>
      <div className="trn-head">
        <div className="trn-head-row">
          <h1>{trans.__('Queue')}</h1>
          {model.loaded && (
            <span className="trn-quiet" role="status">
              {trans.__('%1, %2', trans._n('%1 running', '%1 running', model.running), trans._n('%1 waits', '%1 wait', model.waiting.length))}
              {model.more && '+'}
            </span>
          )}
        </div>
      </div>
      {model.failure && <FailureNotice failure={model.failure} kept={model.loaded ? trans.__('What is shown was fetched before.') : ''} onRetry={() => void model.refresh()} />}
      {model.health?.queue === 'away' && (
        <p className="trn-queue-away" role="alert">
          <WarningIcon /> {trans.__('The queue does not answer. Runs are accepted and kept, and start when it is back.')}
        </p>
      )}
      {!model.loaded && !model.failure && <Loading>{trans.__('Loading the queue')}</Loading>}
      {model.loaded && (
        <div className="trn-queue-body">
          <Workers {...props} now={now} narrow={narrow} />
          <Waiting {...props} now={now} narrow={narrow} />
        </div>
      )}
      {model.report && <Report report={model.report} onClose={() => model.closeReport()} />}
    </div>
  );
}

interface PartProps extends QueueProps {
  now: number;
  narrow: boolean;
}

function Workers(props: PartProps): ReactElement {
  const { model, now, narrow } = props;
  const waits = model.waiting.length > 0;
  const machines = model.health?.machines ?? 0;
  if (model.workers.length === 0 && machines > 0) {
    return (
      <section aria-label={trans.__('Workers')}>
        <h2 className="trn-queue-title">{trans.__('Workers')}</h2>
        <p>{trans._n('The workers of %1 machine are idle.', 'The workers of %1 machines are idle.', machines)}</p>
      </section>
    );
  }
  if (model.workers.length === 0) {
    return (
      <section aria-label={trans.__('Workers')}>
        <h2 className="trn-queue-title">{trans.__('Workers')}</h2>
        <div className="trn-no-workers" role={waits ? 'alert' : undefined}>
          <p>
            <strong>{trans.__('No worker of this machine is up.')}</strong>{' '}
            {waits ? trans.__('What waits is kept, and starts with the first worker.') : trans.__('Runs that you start are kept, and wait for the first worker.')}
          </p>
          <p>
            {trans.__('Workers start with the server by themselves; if none comes within a minute, look into its log, or start one in a terminal:')}{' '}
            <code>jupyter toolrunner worker</code>. <code>jupyter toolrunner doctor</code> {trans.__('says what is not right.')}
          </p>
        </div>
      </section>
    );
  }
  return (
    <section aria-label={trans.__('Workers')}>
      <div className="trn-lane trn-lane-head" aria-hidden="true">
        <h2>{trans.__('Workers')}</h2>
        {!narrow && <Clock now={now} />}
      </div>
      <ul className="trn-lanes">
        {model.workers.map(worker => (
          <Lane key={worker.id} {...props} worker={worker} />
        ))}
      </ul>
    </section>
  );
}

/** Times above the lanes; now is at the right. */
function Clock(props: { now: number }): ReactElement {
  const format = timeFormat({ hour: '2-digit', minute: '2-digit' });
  return (
    <div className="trn-clock">
      {[0, 1 / 3, 2 / 3].map(part => (
        <span key={part} style={{ insetInlineStart: `${part * 100}%` }}>
          {format.format(new Date(props.now - PAST_MS * (1 - part)))}
        </span>
      ))}
      <span className="trn-clock-now">{trans.__('%1 now', format.format(new Date(props.now)))}</span>
    </div>
  );
}

function Lane(props: PartProps & { worker: WorkerView }): ReactElement {
  const { worker, now, narrow, model } = props;
  const run = worker.run ?? null;
  const since = run?.started_at ?? worker.past[0]?.finished_at ?? worker.started_at ?? null;
  return (
    <li className="trn-lane">
      <div className="trn-worker">
        <p>
          <strong>{worker.name}</strong> <span className="trn-quiet">{stateWord(worker)}</span>
        </p>
        <p className="trn-quiet">
          {worker.here ? trans.__('this machine') : worker.host}
          {since !== null && (
            <>
              {' · '}
              <time dateTime={since} title={formatExact(since)}>
                {trans.__('for %1', formatDuration(Math.max(0, now - Date.parse(since)) / 1000))}
              </time>
            </>
          )}
        </p>
      </div>
      {!narrow && <Bars worker={worker} now={now} openRun={props.openRun} />}
      <div className="trn-lane-now">
        {run ? (
          <>
            <span className="trn-status">
              <Mark status="running" />
              <button type="button" className="trn-link trn-number-link" onClick={() => props.openRun(run.id)}>
                #{run.number}
              </button>
            </span>
            <span className="trn-cut" title={run.tool}>
              {props.tools.find(run.tool)?.short_name ?? shortName(run.tool)}
            </span>
            <span className="trn-seconds">{formatDuration(secondsOf(run, now) ?? 0)}</span>
            {percentOf(run) !== null && <progress max={100} value={percentOf(run) ?? 0} aria-label={statusText(run)} />}
            <IconButton label={trans.__('Cancel #%1', run.number)} disabled={run.cancel_requested} onClick={() => void model.cancel([run.id])}>
              <StopIcon />
            </IconButton>
          </>
        ) : (
          <span className="trn-quiet">{trans.__('nothing to do')}</span>
        )}
      </div>
    </li>
  );
}

function stateWord(worker: WorkerView): string {
  switch (worker.state) {
    case 'busy':
      return trans.__('works');
    case 'idle':
      return trans.__('is free');
    case 'silent':
      return trans.__('does not answer; its run ends soon');
  }
}

/** The last quarter of an hour, now at the right. */
function Bars(props: { worker: WorkerView; now: number; openRun: (id: string) => void }): ReactElement {
  const { worker, now } = props;
  // The last that is drawn lies above, and a bar has a least width.
  const runs = [...worker.past, ...(worker.run ? [worker.run] : [])];
  const from = now - PAST_MS;
  return (
    <div className="trn-bars" aria-hidden="true">
      {runs.map(run => {
        const start = Math.max(from, Date.parse(run.started_at ?? run.created_at));
        const end = run.finished_at ? Date.parse(run.finished_at) : now;
        if (end < from) {
          return null;
        }
        const left = ((start - from) / PAST_MS) * 100;
        const width = ((end - start) / PAST_MS) * 100;
        return (
          <span
            key={run.id}
            className="trn-bar-run"
            data-status={run.status}
            title={`#${run.number} ${shortName(run.tool)}: ${statusText(run)}, ${formatDuration(secondsOf(run, now) ?? 0)}`}
            style={{ insetInlineStart: `${left}%`, width: `max(4px, ${width}%)` }}
            onClick={() => props.openRun(run.id)}
          >
            {width > 9 ? shortName(run.tool) : ''}
          </span>
        );
      })}
    </div>
  );
}

function Waiting(props: PartProps): ReactElement {
  const { model, now, narrow } = props;
  const runs = model.waiting;
  const chosen = [...model.selected];
  if (runs.length === 0) {
    return (
      <section aria-label={trans.__('Waiting')}>
        <h2 className="trn-queue-title">{trans.__('Waiting')}</h2>
        <Notice>{trans.__('Nothing waits. What you start begins at once, or stands here until a worker is free.')}</Notice>
      </section>
    );
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const id = (event.target as Element).closest<HTMLElement>('[data-run]')?.dataset.run;
    const run = runs.find(other => other.id === id);
    if (run && event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      event.stopPropagation();
      void model.move(run, event.key === 'ArrowUp' ? -1 : 1);
    }
  };
  return (
    <section aria-label={trans.__('Waiting')} className="trn-line-up">
      <div className="trn-queue-title">
        <h2>
          {trans.__('Waiting')} <span className="trn-quiet">{formatNumber(runs.length)}</span>
        </h2>
        {chosen.length === 0 ? (
          <span className="trn-quiet">{trans.__('In the order in which they start. Alt+↑ and Alt+↓ change the priority of a row.')}</span>
        ) : (
          <span className="trn-line-up-bulk" role="toolbar" aria-label={trans.__('Selected runs')}>
            <strong>{trans._n('%2 selected', '%2 selected', chosen.length, formatNumber(chosen.length))}</strong>
            <Popover menu title={trans.__('Priority of the selected runs')} label={trans.__('Priority')}>
              {close => <Priorities close={close} onChoose={priority => void model.setPriority(chosen, priority)} />}
            </Popover>
            <Button icon={<StopIcon />} onClick={() => void model.cancel(chosen)}>
              {trans.__('Cancel')}
            </Button>
          </span>
        )}
      </div>
      <div className="trn-line-up-rows" tabIndex={0} role="region" aria-label={trans.__('Waiting runs')} data-list="queue" onKeyDown={onKeyDown}>
        <table className="trn-runs">
          <thead>
            <tr>
              <th scope="col">
                <input type="checkbox" aria-label={trans.__('Select all that wait')} checked={chosen.length === runs.length} onChange={event => model.selectAll(event.currentTarget.checked)} />
              </th>
              <th scope="col">{trans.__('No.')}</th>
              <th scope="col">{trans.__('Priority')}</th>
              <th scope="col">{trans._p('noun', 'Run')}</th>
              <th scope="col">{trans.__('Tool')}</th>
              {!narrow && <th scope="col">{trans.__('Changed parameters')}</th>}
              <th scope="col">{trans.__('Waits')}</th>
              {!narrow && <th scope="col">{trans.__('Who')}</th>}
              <th scope="col">
                <span className="trn-sr">{trans.__('Actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run, index) => (
              <WaitingRow key={run.id} {...props} run={run} place={index + 1} now={now} />
            ))}
          </tbody>
        </table>
        {model.more && <p className="trn-more trn-quiet">{trans.__('The first %1 are shown.', formatNumber(runs.length))}</p>}
      </div>
    </section>
  );
}

function againText(at: string, now: number): string {
  const left = (Date.parse(at) - now) / 1000;
  return left >= 1 ? trans.__('again in %1', formatDuration(Math.ceil(left))) : trans.__('again now');
}

function WaitingRow(props: PartProps & { run: Run; place: number }): ReactElement {
  const { run, model, narrow } = props;
  return (
    <tr data-run={run.id} aria-selected={model.selected.has(run.id)} onDoubleClick={() => props.openRun(run.id)}>
      <td>
        <input type="checkbox" aria-label={trans.__('Select #%1', run.number)} checked={model.selected.has(run.id)} onChange={event => model.select(run.id, event.currentTarget.checked)} />
      </td>
      <td className="trn-place">{run.status === 'queued' ? props.place : <Mark status={run.status} />}</td>
      <td>
        <Popover
          menu
          className="trn-priority"
          title={trans.__('Priority of #%1: %2', run.number, priorityWord(run.priority))}
          label={
            <>
              {run.priority === 'high' ? <UpIcon /> : run.priority === 'low' ? <DownIcon /> : <span className="trn-priority-dot" />}
              <span>{priorityWord(run.priority)}</span>
            </>
          }
        >
          {close => <Priorities close={close} current={run.priority} onChoose={priority => void model.setPriority([run.id], priority)} />}
        </Popover>
      </td>
      <td>
        <button type="button" className="trn-link trn-number-link" onClick={() => props.openRun(run.id)}>
          #{run.number}
        </button>
      </td>
      <td className="trn-cut">{props.tools.find(run.tool)?.short_name ?? shortName(run.tool)}</td>
      {!narrow && (
        <td className="trn-outcome">
          <ParamChips run={run} tools={props.tools} />
        </td>
      )}
      <td>{run.ready_at ? againText(run.ready_at, props.now) : formatDuration(Math.max(0, (props.now - Date.parse(run.created_at)) / 1000))}</td>
      {!narrow && <td className="trn-cut">{run.owner}</td>}
      <td className="trn-row-actions">
        <IconButton label={trans.__('Change the values of #%1 while it waits', run.number)} onClick={() => props.editRun(run.id)}>
          <EditIcon />
        </IconButton>
        <IconButton label={trans.__('Cancel #%1', run.number)} onClick={() => void model.cancel([run.id])}>
          <CloseIcon />
        </IconButton>
      </td>
    </tr>
  );
}

function Priorities(props: { close: () => void; current?: Priority; onChoose: (priority: Priority) => void }): ReactElement {
  return (
    <>
      {(['high', 'default', 'low'] as const).map(priority => (
        <MenuItem
          key={priority}
          {...(props.current === undefined ? {} : { current: props.current === priority })}
          onClick={() => {
            props.close();
            props.onChoose(priority);
          }}
        >
          {priorityWord(priority)}
        </MenuItem>
      ))}
    </>
  );
}

function Report(props: { report: QueueReport; onClose: () => void }): ReactElement {
  const { text, undo } = props.report;
  return (
    <div className="trn-report" role="status">
      <span>{reportText(text)}</span>
      {undo && <LinkButton onClick={() => void undo()}>{trans.__('Undo')}</LinkButton>}
      <IconButton label={trans.__('Close')} onClick={props.onClose}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}

function reportText(text: QueueReport['text']): string {
  if (text.kind === 'canceled') {
    const done = trans._n('%2 run canceled.', '%2 runs canceled.', text.done, formatNumber(text.done));
    return text.refused.length === 0 ? done : `${done} ${text.refused.slice(0, 2).join(' ')}`;
  }
  const word = priorityWord(text.priority);
  if (text.number === null) {
    return trans.__('The priority is changed to %1.', word);
  }
  return text.place === null
    ? trans.__('The priority of #%1 is %2; it has started.', text.number, word)
    : trans.__('The priority of #%1 is %2: it is number %3 now.', text.number, word, text.place);
}
