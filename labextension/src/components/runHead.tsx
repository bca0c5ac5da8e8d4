/** The head of a run's page: what it is, how it does, what can be done with it. */

import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';

import type { Priority, Run } from '../api/types';
import { formatDuration, formatExact, percentOf, reasonWord, secondsOf, shortName, stateSentence, statusText, workerName } from '../format';
import { cellOf } from '../logic/cellFrame';
import { kinOf } from '../logic/chain';
import { isFinal, stillWaits } from '../logic/merge';
import { secretNames } from '../logic/schema';
import { secondsLeft } from '../logic/timeLeft';
import type { RunModel } from '../models/run';
import type { ToolsModel } from '../models/tools';
import { serverText } from '../serverText';
import { trans } from '../translation';
import { Ago, Button, IconButton, LinkButton, useNow } from './basics';
import { comparison } from './comparison';
import { CalendarIcon, CaretIcon, CodeIcon, EditIcon, LinkIcon, Mark, PlayIcon, RetryIcon, StopIcon } from './icons';
import { Labels } from './labels';
import { MenuButton } from './menu';
import { RelatedLine } from './relatedRuns';
import type { CopyForm, RunActions } from './runPage';

export interface RunHeadProps {
  model: RunModel;
  tools: ToolsModel;
  actions: RunActions;
  run: Run;
}

export function RunHead(props: RunHeadProps): ReactElement {
  const { run, model, actions, tools } = props;
  const final = isFinal(run.status);
  const title = tools.find(run.tool)?.short_name ?? shortName(run.tool);
  const [busy, setBusy] = useState(false);
  const act = async (call: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    await call();
    setBusy(false);
  };
  const again = async (asItWas: boolean): Promise<void> => {
    const made = await model.runAgain(asItWas);
    if (made) {
      actions.started(made);
    }
  };
  const waits = stillWaits(run.status);
  const became = whatBecameOf(run, tools);
  const { openTool, changeValues, editAndRunAgain, schedule } = actions;
  return (
    <div className="trn-head">
      <div className="trn-head-row">
        <h1>
          {openTool ? (
            <button type="button" className="trn-title" title={trans.__('Open the form of %1', run.tool)} onClick={() => openTool(run.tool)}>
              {title}
            </button>
          ) : (
            title
          )}{' '}
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
            <Button icon={<RetryIcon />} disabled={busy} title={trans.__('One more attempt of this run: same number, same values, same code')} onClick={() => void act(() => model.retry())}>
              {trans.__('Retry')}
            </Button>
          )}
          {final && <RunAgain run={run} became={became} busy={busy} onRun={asItWas => void act(() => again(asItWas))} />}
          {waits && changeValues && (
            <Button icon={<EditIcon />} title={trans.__('Open its values in a form, as long as it waits')} onClick={() => changeValues(run)}>
              {trans.__('Change values')}
            </Button>
          )}
          {editAndRunAgain && (
            <Button
              icon={waits ? <PlayIcon /> : <EditIcon />}
              title={trans.__('Opens these values in the form, to start a new run with what you change; this one stays as it is')}
              onClick={() => editAndRunAgain(run)}
            >
              {trans.__('Edit and run again')}
            </Button>
          )}
          {schedule && (
            <Button icon={<CalendarIcon />} title={trans.__('Have the tool run by itself with these values')} onClick={() => schedule(run)}>
              {trans.__('Schedule…')}
            </Button>
          )}
          <CopyAs run={run} actions={actions} />
        </div>
      </div>
      <StateLine run={run} model={model} actions={actions} became={became} />
      {waits && <WaitingLine run={run} model={model} busy={busy} act={act} />}
      <RelatedLine related={model.related} actions={actions} />
      {run.status === 'waiting' && run.error && <NextAttempt run={run} busy={busy} onNow={() => void act(() => model.retry())} />}
      <ProgressBar run={run} />
      <Compared run={run} model={model} tools={tools} actions={actions} />
      <Labels model={model} run={run} />
      {run.status === 'failed' && run.error && <ErrorBanner run={run} />}
    </div>
  );
}

/** What the tool is today, against what it was in the run. */
function whatBecameOf(run: Run, tools: ToolsModel): 'same' | 'changed' | 'gone' {
  const tool = tools.find(run.tool);
  if (tool) {
    return tool.version === run.version ? 'same' : 'changed';
  }
  return tools.loaded && !tools.reading && !tools.failure ? 'gone' : 'same';
}

/** A new run with the same values; where the tool is another one by now, of either. */
function RunAgain(props: { run: Run; became: 'same' | 'changed' | 'gone'; busy: boolean; onRun: (asItWas: boolean) => void }): ReactElement {
  const { run, became, busy, onRun } = props;
  const asItWas = trans.__('A new run with the same values, of the tool as it was in this one');
  if (became === 'gone') {
    return (
      <Button icon={<PlayIcon />} disabled={busy} title={asItWas} onClick={() => onRun(true)}>
        {trans.__('Run again as it was')}
      </Button>
    );
  }
  const button = (
    <Button icon={<PlayIcon />} disabled={busy} title={trans.__('A new run with the same values, of the tool as it is now; this one stays as it is')} onClick={() => onRun(false)}>
      {trans.__('Run again')}
    </Button>
  );
  if (became === 'same') {
    return button;
  }
  return (
    <span className="trn-split">
      {button}
      <MenuButton
        className="trn-button trn-split-more"
        label={trans.__('Run again with another version')}
        disabled={busy}
        align="end"
        items={() => [
          { label: trans.__('With the tool as it is now'), onChoose: () => onRun(false) },
          { label: trans.__('With the tool as it was'), note: trans.__('version %1', run.version.slice(0, 7)), onChoose: () => onRun(true) }
        ]}
      >
        <CaretIcon open />
      </MenuButton>
    </span>
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

function StateLine(props: { run: Run; model: RunModel; actions: RunActions; became: 'same' | 'changed' | 'gone' }): ReactElement {
  const { run, actions } = props;
  const final = isFinal(run.status);
  const now = useNow(final ? 30_000 : 1_000);
  // Later attempts wait from when somebody asked for them, which is not known.
  const waited = run.started_at && run.attempt <= 1 ? (Date.parse(run.started_at) - Date.parse(run.created_at)) / 1000 : null;
  const since = run.finished_at ?? run.started_at ?? run.created_at;
  const { origin } = run;
  const { openChain } = actions;
  const { from, into } = kinOf(run, props.model.chain);
  const link = (other: Run): ReactElement => (
    <LinkButton key={other.id} title={statusText(other)} onClick={() => actions.openRun(other.id)}>
      #{other.number}
    </LinkButton>
  );
  const { reused } = run;
  const parts: ReactNode[] = [
    <Ago key="when" time={since} now={now} />,
    <span key="owner">{run.owner}</span>,
    reused && (
      <span key="reused">
        {trans.__('result of')}{' '}
        <LinkButton title={trans.__('Open the run whose result this is')} onClick={() => actions.openRun(reused.run)}>
          #{reused.number}
        </LinkButton>{' '}
        ({reused.owner}, <Ago time={reused.finished_at} now={now} />)
      </span>
    ),
    run.worker && (
      <span key="worker" title={run.worker}>
        {waited === null || waited < 0.1
          ? workerName(run.worker)
          : trans.__('%1, waited %2', workerName(run.worker), formatDuration(waited))}
      </span>
    ),
    <span key="version">
      {trans.__('version')} <code title={run.version}>{run.version.slice(0, 7)}</code>
      {props.became === 'changed' && ` (${trans.__('changed since')})`}
    </span>,
    run.attempt > 1 && <span key="attempts">{trans._n('%1 attempt', '%1 attempts', run.attempt)}</span>,
    run.priority !== 'default' && final && <span key="priority">{priorityWord(run.priority)}</span>,
    origin && from === null && (
      <LinkButton key="origin" onClick={() => actions.openRun(origin)}>
        {trans.__('made from an earlier run')}
      </LinkButton>
    ),
    from && (
      <span key="from">
        {trans.__('made from')} {link(from)}
      </span>
    ),
    into.length > 0 && (
      <span key="into" className="trn-kin">
        {trans.__('run again as')} {into.slice(-KIN).map(link)}
        {into.length > KIN && <span className="trn-quiet">{trans._n('and %1 before', 'and %1 before', into.length - KIN)}</span>}
      </span>
    ),
    openChain && (from !== null || into.length > 0) && (
      <LinkButton key="chain" title={trans.__('This run, those that it was made from and those that were made from them')} onClick={() => openChain(run.chain ?? run.id)}>
        {trans.__('all of the chain')}
      </LinkButton>
    )
  ];
  return (
    <p className="trn-state">
      <Mark status={run.status} reused={Boolean(run.reused)} />
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

/** The newest of those that were made from a run. */
const KIN = 5;

function priorityWord(priority: Priority): string {
  switch (priority) {
    case 'high':
      return trans.__('high priority');
    case 'low':
      return trans.__('low priority');
    case 'default':
      return trans.__('usual priority');
  }
}

const PRIORITIES: readonly Priority[] = ['high', 'default', 'low'];

/** Why it waits, and what can still be changed. */
function WaitingLine(props: { run: Run; model: RunModel; busy: boolean; act: (call: () => Promise<unknown>) => Promise<void> }): ReactElement {
  const { run, model } = props;
  return (
    <div className="trn-waiting">
      <p role="status">{waitingText(run, model)}</p>
      <label>
        <span className="trn-sr">{trans.__('Priority')}</span>
        <select
          className="trn-select"
          value={run.priority}
          disabled={props.busy}
          onChange={event => void props.act(() => model.edit({ priority: event.currentTarget.value as Priority }))}
        >
          {PRIORITIES.map(priority => (
            <option key={priority} value={priority}>
              {priorityWord(priority)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** Why the last attempt failed, and when the next one is made. */
function NextAttempt(props: { run: Run; busy: boolean; onNow: () => void }): ReactElement {
  const { run } = props;
  const now = useNow(1_000);
  const at = run.ready_at ?? null;
  const left = at === null ? 0 : (Date.parse(at) - now) / 1000;
  const message = firstLine(`${run.error?.type ?? ''}${run.error?.message ? `: ${run.error.message}` : ''}`);
  return (
    <div className="trn-next-attempt">
      <p>
        {run.reason && run.reason !== 'error'
          ? trans.__('Attempt %1 failed (%2). %3', run.attempt, reasonWord(run.reason), message)
          : trans.__('Attempt %1 failed. %2', run.attempt, message)}
      </p>
      <p>
        <strong aria-hidden="true">{left >= 1 ? trans.__('Tried again in %1', formatDuration(Math.ceil(left))) : trans.__('Tried again now')}</strong>
        <span className="trn-sr" role="status">
          {at !== null && trans.__('Tried again at %1', formatExact(at))}
        </span>
        <span className="trn-quiet"> {trans._n('%1 attempt is left.', '%1 attempts are left.', run.attempts_left)}</span>
      </p>
      <Button icon={<RetryIcon />} disabled={props.busy} onClick={props.onNow}>
        {trans.__('Try now')}
      </Button>
    </div>
  );
}

const LONGEST_MESSAGE = 200;

function firstLine(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
}

function waitingText(run: Run, model: RunModel): string {
  if (model.health?.queue === 'away') {
    return trans.__('The queue does not answer. The run is kept and starts when it is back.');
  }
  if (run.waits) {
    return serverText(run.waits);
  }
  if (model.health?.workers === 0 && !model.health.machines) {
    return trans.__('No worker of this machine is up. The run is kept and starts when one is.');
  }
  if (run.status === 'waiting' && run.attempt === 0) {
    return trans.__('It waits for other runs. Its values and priority can still be changed.');
  }
  if (run.status === 'waiting') {
    return trans.__('It waits for its next attempt. Its values and priority can still be changed.');
  }
  return run.attempt > 0
    ? trans.__('It waits for one more attempt, and starts when a worker is free.')
    : trans.__('It waits for its turn, and starts when a worker is free.');
}

/** In one line, what is not as in the last run like it. */
function Compared(props: RunHeadProps): ReactElement | null {
  const { run, model, actions } = props;
  const last = model.before?.last;
  if (!last) {
    return null;
  }
  const secrets = secretNames(props.tools.find(run.tool), last.params, run.params);
  const parts = comparison(last, run, secrets);
  return (
    <p className="trn-compared">
      {trans.__('Against')} <LinkButton onClick={() => actions.openRun(last.id)}>#{last.number}</LinkButton>: {parts.join(' · ')}
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
  const left = seconds === null ? null : secondsLeft(progress, seconds);
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
  const inside = own ? cellOf(own) : null;
  const kept = run.artifacts.length;
  const file = own?.file.split('/').at(-1);
  const name = run.error?.type ?? '';
  const message = run.error?.message ?? '';
  return (
    <div className="trn-banner">
      <p>
        <strong>{message === '' ? name : message.startsWith(name) || !/^[A-Z]/.test(name) ? message : `${name}: ${message}`}</strong>{' '}
        {own && file !== undefined && (inside ? trans.__('in cell %1 of %2, line %3.', inside.cell, file, inside.line) : trans.__('in %1, line %2.', file, own.line))}
      </p>
      {run.error?.hint && <p>{run.error.hint}</p>}
      <p className="trn-quiet-strong">
        {kept > 0 ? trans._n('%1 result is kept.', '%1 results are kept.', kept) : trans.__('Nothing was published.')}
      </p>
    </div>
  );
}
