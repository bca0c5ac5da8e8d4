/** The queue: who works on what, and what starts next. */

import { useCallback, useState, type DragEvent, type KeyboardEvent, type ReactElement } from 'react';

import type { Priority, QueuedRun, QueueRule, Run, Wait, WorkerView } from '../api/types';
import { formatDuration, formatExact, formatNumber, percentOf, secondsOf, shortName, statusText, timeFormat } from '../format';
import { useModel } from '../models/model';
import type { QueueModel, QueueReport } from '../models/queue';
import type { ToolsModel } from '../models/tools';
import { trans } from '../translation';
import { Button, FailureNotice, IconButton, LinkButton, Loading, Notice, useNow, useSize } from './basics';
import { priorityWord } from './history/bulkBar';
import { ParamChips } from './history/paramChips';
import { MenuItem, Popover } from './history/popover';
import { CloseIcon, DownIcon, EditIcon, Mark, PlayIcon, StopIcon, UpIcon, WarningIcon } from './icons';
import { useSettings } from './settings';
import { workerStateText } from './workerWords';
import { Windowed } from './windowed';

export interface QueueProps {
  model: QueueModel;
  tools: ToolsModel;
  openRun: (id: string) => void;
  editRun: (id: string) => void;
  openWorkers: () => void;
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
              {trans.__('%1, %2', trans._n('%1 running', '%1 running', model.running), trans._n('%2 waits', '%2 wait', model.waitingOfAll, formatNumber(model.waitingOfAll)))}
              {typeof model.view?.total_running === 'number' && ` · ${trans.__('%1 run at a time at most', model.view.total_running)}`}
              {typeof model.view?.user_running === 'number' && ` · ${trans.__('%1 of one person', model.view.user_running)}`}
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
      <Holds {...props} />
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
  const waits = model.rowCount > 0;
  const machines = model.health?.machines ?? 0;
  // Who has left says nothing of when one's turn is, but what it did until then is part of the picture.
  const present = model.workers.filter(worker => worker.state !== 'stopped');
  const left = model.workers.filter(worker => worker.state === 'stopped' && worker.past.some(run => now - Date.parse(run.finished_at ?? run.created_at) < PAST_MS));
  const lanes = [...present.filter(worker => worker.here || worker.run || worker.past.length > 0), ...left];
  const free = present.filter(worker => worker.state === 'idle' && !lanes.includes(worker)).length;
  if (present.length === 0 && machines > 0) {
    return (
      <section aria-label={trans.__('Workers')}>
        <h2 className="trn-queue-title">{trans.__('Workers')}</h2>
        <p>{trans._n('The workers of %1 machine are idle.', 'The workers of %1 machines are idle.', machines)}</p>
      </section>
    );
  }
  if (present.length === 0) {
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
          <p>
            <LinkButton onClick={props.openWorkers}>{trans.__('Show the workers, and add some')}</LinkButton>
          </p>
        </div>
      </section>
    );
  }
  return (
    <section aria-label={trans.__('Workers')}>
      <div className="trn-lane trn-lane-head">
        <h2>
          <LinkButton title={trans.__('Show what each worker takes; drain, stop and add some')} onClick={props.openWorkers}>
            {trans.__('Workers')}
          </LinkButton>
        </h2>
        {!narrow && <Clock now={now} />}
      </div>
      <ul className="trn-lanes">
        {lanes.map(worker => (
          <Lane key={worker.id} {...props} worker={worker} />
        ))}
      </ul>
      {free > 0 && (
        <p className="trn-lanes-more">
          <LinkButton onClick={props.openWorkers}>{trans._n('%2 more worker of other machines has nothing to do', '%2 more workers of other machines have nothing to do', free, formatNumber(free))}</LinkButton>
        </p>
      )}
    </section>
  );
}

/** Times above the lanes; now is at the right. */
function Clock(props: { now: number }): ReactElement {
  const format = timeFormat({ hour: '2-digit', minute: '2-digit' });
  return (
    <div className="trn-clock" aria-hidden="true">
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
          <strong>{worker.name}</strong> <span className="trn-quiet">{workerStateText(worker)}</span>
        </p>
        <p className="trn-quiet trn-cut" title={worker.host}>
          {since !== null && (
            <>
              <time dateTime={since} title={formatExact(since)}>
                {trans.__('for %1', formatDuration(Math.max(0, now - Date.parse(since)) / 1000))}
              </time>
              {' · '}
            </>
          )}
          {worker.here ? trans.__('this machine') : worker.host}
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
          worker.state !== 'stopped' && <span className="trn-quiet">{trans.__('nothing to do')}</span>
        )}
      </div>
    </li>
  );
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
  const { model } = props;
  if (model.rowCount === 0 && model.owner === '') {
    return (
      <section aria-label={trans.__('Waiting')}>
        <div className="trn-queue-title">
          <h2>{trans.__('Waiting')}</h2>
          <HoldButton {...props} />
        </div>
        <Notice>{trans.__('Nothing waits. What you start begins at once, or stands here until a worker is free.')}</Notice>
      </section>
    );
  }
  return (
    <section aria-label={trans.__('Waiting')} className="trn-line-up">
      <LineUpHead {...props} />
      <LineUp {...props} />
    </section>
  );
}

function LineUpHead(props: PartProps): ReactElement {
  const { model } = props;
  const chosen = [...model.selected];
  const owners = model.view?.owners ?? [];
  return (
    <div className="trn-queue-title">
      <h2>
        {trans.__('Waiting')} <span className="trn-quiet">{formatNumber(model.rowCount)}</span>
      </h2>
      {chosen.length === 0 ? (
        <>
          <HoldButton {...props} />
          {(owners.length > 1 || model.owner !== '') && (
            <label>
              <input type="checkbox" checked={model.owner === 'me'} onChange={event => model.setOwner(event.currentTarget.checked ? 'me' : '')} /> {trans.__('Mine alone')}
            </label>
          )}
          {owners.length > 1 && (
            <span className="trn-quiet" title={owners.map(each => `${each.owner}: ${formatNumber(each.waiting)}`).join('\n')}>
              {trans._n('%1 person takes turns.', '%1 people take turns.', owners.length)}
            </span>
          )}
          <span className="trn-quiet">{trans.__('Drag rows, or move one by Alt+↑ and Alt+↓.')}</span>
        </>
      ) : (
        <span className="trn-line-up-bulk" role="toolbar" aria-label={trans.__('Selected runs')}>
          <strong>{trans._n('%2 selected', '%2 selected', chosen.length, formatNumber(chosen.length))}</strong>
          <Popover menu title={trans.__('Priority of the selected runs')} label={trans.__('Priority')}>
            {close => <Priorities close={close} onChoose={priority => void model.setPriority(chosen, priority)} />}
          </Popover>
          <Button icon={<UpIcon />} onClick={() => void model.move(chosen, 'front')}>
            {trans.__('To the front')}
          </Button>
          <Button icon={<DownIcon />} onClick={() => void model.move(chosen, 'end')}>
            {trans.__('To the end')}
          </Button>
          <Button icon={<StopIcon />} onClick={() => void model.cancel(chosen)}>
            {trans.__('Cancel')}
          </Button>
        </span>
      )}
    </div>
  );
}

interface Track {
  name: string;
  word: string;
  track: string;
  wide?: boolean;
}

function tracks(): Track[] {
  return [
    { name: 'place', word: trans.__('No.'), track: '62px' },
    { name: 'priority', word: trans.__('Priority'), track: '124px' },
    { name: 'number', word: trans._p('noun', 'Run'), track: '78px' },
    { name: 'tool', word: trans.__('Tool'), track: 'minmax(100px, 1fr)' },
    { name: 'params', word: trans.__('Changed parameters'), track: 'minmax(120px, 1.6fr)', wide: true },
    { name: 'waits', word: trans.__('Waits'), track: '84px', wide: true },
    { name: 'start', word: trans.__('Starts in'), track: 'minmax(150px, 1.4fr)' },
    { name: 'end', word: trans.__('Ends in'), track: 'minmax(130px, 1fr)', wide: true },
    { name: 'owner', word: trans.__('Who'), track: '84px', wide: true }
  ];
}

/** Where what is dragged would come to. */
interface Target {
  id: string;
  to: 'before' | 'after';
}

function LineUp(props: PartProps): ReactElement {
  const { model, narrow } = props;
  const { rowHeight } = useSettings();
  const [dragged, setDragged] = useState<Run | null>(null);
  const [target, setTarget] = useState<Target | null>(null);
  const onRange = useCallback((from: number, to: number) => model.show(from, to), [model]);
  const shown = tracks().filter(each => !(narrow && each.wide === true));
  const template = `30px ${shown.map(each => each.track).join(' ')} 68px`;
  const loaded = model.waiting;
  const onKeyDown = (event: KeyboardEvent): void => {
    const id = (event.target as Element).closest<HTMLElement>('[data-run]')?.dataset.run;
    const run = model.queued.find(item => item.run.id === id)?.run;
    if (!run || !event.altKey || !['ArrowUp', 'ArrowDown', 'Home', 'End'].includes(event.key)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Home' || event.key === 'End') {
      void model.move([run.id], event.key === 'Home' ? 'front' : 'end');
    } else {
      void model.step(run, event.key === 'ArrowUp' ? -1 : 1);
    }
  };
  const drop = (): void => {
    if (dragged && target) {
      void model.move(model.selected.has(dragged.id) ? [...model.selected] : [dragged.id], target.to, target.id);
    }
    setDragged(null);
    setTarget(null);
  };
  const drag: Dragging = { dragged, target, setDragged, setTarget, drop };
  const draw = (from: number, to: number): ReactElement[] =>
    Array.from({ length: to - from }, (_, offset) => {
      const index = from + offset;
      const item = model.row(index);
      const run = item?.run ?? model.laterRow(index);
      return run ? (
        <WaitingRow key={run.id} {...props} run={run} item={item ?? null} index={index} template={template} height={rowHeight} columns={shown} drag={drag} />
      ) : (
        <div key={index} role="row" aria-rowindex={index + 2} className="trn-history-row trn-faint" style={{ height: rowHeight }} />
      );
    });
  return (
    <div className="trn-line-up-rows" role="region" aria-label={trans.__('Waiting runs')} data-list="queue" onKeyDown={onKeyDown}>
      <Windowed
        count={model.rowCount}
        rowHeight={rowHeight}
        label={trans.__('Runs that wait')}
        className="trn-run-rows"
        table={{ rows: model.rowCount + 1, columns: shown.length + 2 }}
        onRange={onRange}
        header={
          <div role="row" aria-rowindex={1} className="trn-history-row trn-run-head" style={{ gridTemplateColumns: template }}>
            <span role="columnheader">
              <input
                type="checkbox"
                aria-label={trans.__('Select all that are loaded')}
                checked={loaded.length > 0 && loaded.every(run => model.selected.has(run.id))}
                onChange={event => model.selectAll(event.currentTarget.checked)}
              />
            </span>
            {shown.map(each => (
              <span key={each.name} role="columnheader" title={each.word}>
                <span className="trn-cut">{each.word}</span>
              </span>
            ))}
            <span role="columnheader">
              <span className="trn-sr">{trans.__('Actions')}</span>
            </span>
          </div>
        }
        draw={draw}
      />
    </div>
  );
}

interface Dragging {
  dragged: Run | null;
  target: Target | null;
  setDragged: (run: Run | null) => void;
  setTarget: (target: Target | null) => void;
  drop: () => void;
}

interface RowProps extends PartProps {
  run: Run;
  /** Null where it does not stand in the queue yet. */
  item: QueuedRun | null;
  index: number;
  template: string;
  height: number;
  columns: Track[];
  drag: Dragging;
}

function againText(at: string, now: number): string {
  const left = (Date.parse(at) - now) / 1000;
  return left >= 1 ? trans.__('again in %1', formatDuration(Math.ceil(left))) : trans.__('again now');
}

function WaitingRow(props: RowProps): ReactElement {
  const { run, model, item, drag } = props;
  // What it waits for has the room of its end, of which nothing is known.
  const said = (item === null || Boolean(item.waits)) && props.columns.some(each => each.name === 'end');
  const columns = said ? props.columns.filter(each => each.name !== 'end') : props.columns;
  const onDragOver = (event: DragEvent<HTMLDivElement>): void => {
    // Of others the order is theirs.
    if (!item || drag.dragged?.owner !== run.owner || drag.dragged.id === run.id) {
      return;
    }
    event.preventDefault();
    const box = event.currentTarget.getBoundingClientRect();
    const to = event.clientY < box.top + box.height / 2 ? 'before' : 'after';
    if (drag.target?.id !== run.id || drag.target.to !== to) {
      drag.setTarget({ id: run.id, to });
    }
  };
  return (
    <div
      role="row"
      aria-rowindex={props.index + 2}
      aria-selected={model.selected.has(run.id)}
      data-run={run.id}
      data-drop={drag.target?.id === run.id ? drag.target.to : undefined}
      className="trn-history-row"
      style={{ gridTemplateColumns: props.template, height: props.height }}
      draggable={item !== null}
      onDoubleClick={() => props.openRun(run.id)}
      onDragStart={event => {
        event.dataTransfer.effectAllowed = 'move';
        event.dataTransfer.setData('text/plain', `#${run.number}`);
        drag.setDragged(run);
      }}
      onDragOver={onDragOver}
      onDrop={event => {
        event.preventDefault();
        drag.drop();
      }}
      onDragEnd={() => {
        drag.setDragged(null);
        drag.setTarget(null);
      }}
    >
      <span role="cell">
        <input type="checkbox" aria-label={trans.__('Select #%1', run.number)} checked={model.selected.has(run.id)} onChange={event => model.select(run.id, event.currentTarget.checked)} />
      </span>
      {columns.map(each => (
        <span key={each.name} role="cell" data-column={each.name} {...(each.name === 'start' && said ? { 'aria-colspan': 2, style: { gridColumn: 'span 2' } } : {})}>
          <Cell {...props} column={each.name} />
        </span>
      ))}
      <span role="cell">
        <IconButton label={trans.__('Change the values of #%1 while it waits', run.number)} onClick={() => props.editRun(run.id)}>
          <EditIcon />
        </IconButton>
        <IconButton label={trans.__('Cancel #%1', run.number)} onClick={() => void model.cancel([run.id])}>
          <CloseIcon />
        </IconButton>
      </span>
    </div>
  );
}

function Cell(props: RowProps & { column: string }): ReactElement | null {
  const { run, item, model, now } = props;
  switch (props.column) {
    case 'place':
      return item ? <span className="trn-place">{formatNumber(item.position)}</span> : <Mark status={run.status} reused={Boolean(run.reused)} />;
    case 'priority':
      return (
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
      );
    case 'number':
      return (
        <button type="button" className="trn-link trn-number-link" onClick={() => props.openRun(run.id)}>
          #{run.number}
        </button>
      );
    case 'tool':
      return (
        <span className="trn-cut" title={run.tool}>
          {props.tools.find(run.tool)?.short_name ?? shortName(run.tool)}
        </span>
      );
    case 'params':
      return (
        <span className="trn-outcome">
          <ParamChips run={run} tools={props.tools} />
        </span>
      );
    case 'waits':
      return <span className="trn-seconds">{formatDuration(Math.max(0, (now - Date.parse(run.created_at)) / 1000))}</span>;
    case 'start':
      return <Start run={run} item={item} now={now} />;
    case 'end':
      return item?.end ? <Span range={item.end} /> : null;
    case 'owner':
      return <span className="trn-cut">{run.owner}</span>;
    default:
      return null;
  }
}

function Start(props: { run: Run; item: QueuedRun | null; now: number }): ReactElement {
  const { run, item } = props;
  if (!item) {
    return <span className="trn-quiet trn-cut">{run.ready_at ? againText(run.ready_at, props.now) : run.after ? trans._n('after %1 other run', 'after %1 other runs', run.after.runs.length) : statusText(run)}</span>;
  }
  if (item.waits) {
    return (
      <span className="trn-cut trn-held" title={waitText(item.waits)}>
        {waitText(item.waits)}
      </span>
    );
  }
  return item.start ? <Span range={item.start} /> : <span className="trn-quiet">{trans.__('not enough data')}</span>;
}

function Span(props: { range: { low: number; middle: number; high: number } }): ReactElement {
  const { low, middle, high } = props.range;
  const [from, to] = [formatRough(low), formatRough(high)];
  return (
    <span className="trn-seconds trn-cut" title={trans.__('Half of the time within %1; one of ten is outside of each end.', formatRough(middle))}>
      {from === to ? to : trans.__('%1 – %2', from, to)}
    </span>
  );
}

/** A forecast has no seconds beyond its minutes. */
function formatRough(seconds: number): string {
  return formatDuration(seconds < 60 ? Math.round(seconds) : seconds < 600 ? Math.round(seconds / 10) * 10 : Math.round(seconds / 60) * 60);
}

/** What a run waits for, in the words of the page. */
function waitText(wait: Wait): string {
  const note = wait.note ? ` (${wait.note})` : '';
  switch (wait.kind) {
    case 'queue_held':
      return trans.__('the queue is held by %1%2', wait.by ?? '', note);
    case 'tool_held':
      return trans.__('the tool is held by %1%2', wait.by ?? '', note);
    case 'tool_limit':
      return trans.__('%1 of %2 runs of this tool are running', wait.running ?? 0, wait.limit ?? 0);
    case 'user_limit':
      return trans.__('%1 of %2 runs of this user are running', wait.running ?? 0, wait.limit ?? 0);
    case 'total_limit':
      return trans.__('%1 of %2 runs of all are running', wait.running ?? 0, wait.limit ?? 0);
    case 'no_worker':
      return wait.text;
  }
}

/** Everything that is held, each with whose hold it is and a button that ends it. */
function Holds(props: QueueProps): ReactElement | null {
  const { view } = props.model;
  const held = [view?.whole, ...(view?.tools ?? [])].filter(rule => rule?.held_by);
  return held.length === 0 ? null : (
    <ul className="trn-holds" aria-label={trans.__('Holds')}>
      {held.map(rule => rule && <Hold key={rule.tool ?? ''} {...props} rule={rule} />)}
    </ul>
  );
}

function Hold(props: QueueProps & { rule: QueueRule }): ReactElement {
  const { rule, model } = props;
  const name = rule.tool ? (props.tools.find(rule.tool)?.short_name ?? shortName(rule.tool)) : null;
  return (
    <li className="trn-hold">
      <WarningIcon />
      <span>
        <strong>{name === null ? trans.__('The queue is held.') : trans.__('%1 is held.', name)}</strong>{' '}
        {trans.__('%1, since %2.', rule.held_by ?? '', formatExact(rule.held_at ?? ''))} {rule.note}{' '}
        <span className="trn-quiet">{trans.__('Nothing of it starts; what runs goes on.')}</span>
      </span>
      <Button icon={<PlayIcon />} onClick={() => void model.release(rule.tool ?? null)}>
        {trans.__('Release')}
      </Button>
    </li>
  );
}

function HoldButton(props: QueueProps): ReactElement {
  return (
    <Popover label={trans.__('Hold…')}>
      {close => <HoldForm {...props} close={close} />}
    </Popover>
  );
}

function HoldForm(props: QueueProps & { close: () => void }): ReactElement {
  const { model } = props;
  const [tool, setTool] = useState('');
  const [note, setNote] = useState('');
  const waiting = [...new Set(model.waiting.map(run => run.tool))];
  const others = props.tools.tools.map(each => each.name).filter(name => !waiting.includes(name));
  return (
    <form
      className="trn-hold-form"
      onSubmit={event => {
        event.preventDefault();
        props.close();
        void model.hold(tool === '' ? null : tool, note);
      }}
    >
      <label>
        {trans.__('What is held')}
        <select value={tool} onChange={event => setTool(event.currentTarget.value)}>
          <option value="">{trans.__('The whole queue')}</option>
          {[...waiting, ...others].map(name => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {trans.__('Why, for those who wait')}
        <input type="text" maxLength={200} value={note} onChange={event => setNote(event.currentTarget.value)} />
      </label>
      <button type="submit" className="trn-button trn-primary">
        {trans.__('Hold')}
      </button>
    </form>
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
  if (text.kind === 'moved') {
    const moved =
      text.place === null ? trans._n('%2 run moved.', '%2 runs moved.', text.done, formatNumber(text.done)) : trans.__('The run is moved: it is number %1 now.', formatNumber(text.place));
    return [...(text.done > 0 || text.refused.length === 0 ? [moved] : []), ...text.refused.slice(0, 2)].join(' ');
  }
  const word = priorityWord(text.priority);
  if (text.number === null) {
    return trans.__('The priority is changed to %1.', word);
  }
  return text.place === null
    ? trans.__('The priority of #%1 is %2; it has started.', text.number, word)
    : trans.__('The priority of #%1 is %2: it is number %3 now.', text.number, word, text.place);
}
