/** The workers of all machines: what each does and takes; drained, stopped, added and let go. */

import { useRef, useState, type ReactElement } from 'react';

import type { WorkerView } from '../api/types';
import { formatBytes, formatDuration, formatExact, formatNumber, formatSince, percentOf, secondsOf, shortName, statusText } from '../format';
import { useModel } from '../models/model';
import type { ToolsModel } from '../models/tools';
import type { WorkersModel } from '../models/workers';
import { trans } from '../translation';
import { Button, FailureNotice, IconButton, LinkButton, Loading, Notice, useNow, useSize } from './basics';
import { AddIcon, Mark, MinusIcon, StopIcon, ToEndIcon, WarningIcon } from './icons';
import { workerStateText } from './workerWords';

export interface WorkersProps {
  model: WorkersModel;
  tools: ToolsModel;
  openRun: (id: string) => void;
}

const NARROW = 720;
/** As many as the server takes. */
const MOST = 100;

export function Workers(props: WorkersProps): ReactElement {
  const { model } = props;
  useModel(model);
  useModel(props.tools);
  const now = useNow(model.busy > 0 ? 1_000 : 10_000);
  const [node, setNode] = useState<HTMLDivElement | null>(null);
  const { width } = useSize(node);
  const narrow = width > 0 && width < NARROW;
  return (
    <div className="trn-page trn-workers" data-narrow={narrow || undefined} ref={setNode}>
      <div className="trn-head">
        <div className="trn-head-row">
          <h1>{trans.__('Workers')}</h1>
          {model.loaded && (
            <span className="trn-quiet" role="status">
              {trans.__('%1, %2', trans._n('%2 worker is up', '%2 workers are up', model.up, formatNumber(model.up)), trans._n('%2 works', '%2 work', model.busy, formatNumber(model.busy)))}
              {model.machines > 1 && ` · ${trans._n('%1 machine', '%1 machines', model.machines)}`}
            </span>
          )}
        </div>
      </div>
      {model.failure && <FailureNotice failure={model.failure} kept={model.loaded ? trans.__('What is shown was fetched before.') : ''} onRetry={() => void model.refresh()} />}
      {!model.loaded && !model.failure && <Loading>{trans.__('Loading the workers')}</Loading>}
      {model.loaded && (
        <div className="trn-workers-body" tabIndex={0} role="region" aria-label={trans.__('List of workers')}>
          <Scale model={model} />
          {model.workers.length === 0 ? <Notice>{trans.__('No worker is up. Runs that you start are kept, and wait for the first one.')}</Notice> : <List {...props} now={now} narrow={narrow} />}
        </div>
      )}
    </div>
  );
}

/** How many the server's machine keeps up. */
function Scale(props: { model: WorkersModel }): ReactElement {
  const { model } = props;
  const crew = model.crew;
  const wanted = crew?.wanted ?? null;
  if (crew === null || wanted === null) {
    return (
      <p className="trn-quiet">
        {trans.__('Nobody keeps workers up on the server’s machine. Start some in a terminal:')} <code>jupyter toolrunner worker --count 2</code>
      </p>
    );
  }
  return (
    <div className="trn-crew" role="group" aria-label={trans.__('Workers of the server’s machine')}>
      <span>{trans.__('Workers of the server’s machine')}</span>
      <IconButton label={trans.__('One worker less; it finishes its run first')} disabled={wanted === 0} onClick={() => void model.scale(wanted - 1)}>
        <MinusIcon />
      </IconButton>
      <output className="trn-crew-count" aria-live="polite">
        {formatNumber(wanted)}
      </output>
      <IconButton label={trans.__('One worker more')} disabled={wanted >= MOST} onClick={() => void model.scale(wanted + 1)}>
        <AddIcon />
      </IconButton>
      {wanted === 0 && (
        <span className="trn-crew-note">
          <WarningIcon /> {trans.__('Without any, what is started waits.')}
        </span>
      )}
      {wanted !== crew.configured && (
        <span className="trn-quiet">
          {trans.__('The configuration says %1.', formatNumber(crew.configured))}{' '}
          <LinkButton onClick={() => void model.scale(crew.configured)}>{trans.__('As configured')}</LinkButton>
        </span>
      )}
      {crew.up !== wanted && <span className="trn-quiet">{trans.__('%1 up now', formatNumber(crew.up))}</span>}
    </div>
  );
}

interface ListProps extends WorkersProps {
  now: number;
  narrow: boolean;
}

function List(props: ListProps): ReactElement {
  const { model, narrow } = props;
  const [asked, setAsked] = useState<string | null>(null);
  return (
    <table className="trn-runs" data-list="workers">
      <thead>
        <tr>
          <th scope="col">{trans.__('Worker')}</th>
          <th scope="col">{trans.__('State')}</th>
          <th scope="col">{trans._p('noun', 'Run')}</th>
          {!narrow && (
            <th scope="col" className="trn-number">
              {trans.__('Memory')}
            </th>
          )}
          {!narrow && <th scope="col">{trans.__('Versions')}</th>}
          {!narrow && <th scope="col">{trans.__('Since')}</th>}
          <th scope="col">
            <span className="trn-sr">{trans.__('Actions')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {model.workers.map(worker => (
          <Row key={worker.id} {...props} worker={worker} asks={asked === worker.id} ask={setAsked} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps extends ListProps {
  worker: WorkerView;
  /** Whether it is asked if its run shall be given up. */
  asks: boolean;
  ask: (id: string | null) => void;
}

function Row(props: RowProps): ReactElement {
  const { worker, model, narrow, asks } = props;
  const stopButton = useRef<HTMLSpanElement>(null);
  const run = worker.run ?? null;
  const memory = typeof worker.memory === 'number' ? formatBytes(worker.memory) : '';
  const ends = ['draining', 'stopping', 'stopped'].includes(worker.state);
  const stop = (): void => {
    props.ask(null);
    void model.stop(worker.id);
  };
  const keep = (): void => {
    props.ask(null);
    stopButton.current?.querySelector('button')?.focus();
  };
  return (
    <>
      <tr data-worker={worker.id} data-state={worker.state} {...(run ? { 'data-run': run.id } : {})}>
        <td title={worker.id}>
          <strong>{worker.name}</strong>
          {narrow && memory !== '' && <div className="trn-quiet">{memory}</div>}
          <div className="trn-quiet trn-cut">{worker.here ? trans.__('%1, this machine', worker.host) : worker.host}</div>
        </td>
        <td>
          <State {...props} />
        </td>
        <td>
          <Current {...props} />
        </td>
        {!narrow && <td className="trn-number">{memory}</td>}
        {!narrow && (
          <td>
            {worker.version}
            {worker.python && <div className="trn-quiet">Python {worker.python}</div>}
          </td>
        )}
        {!narrow && <td>{worker.started_at && <time dateTime={worker.started_at} title={formatExact(worker.started_at)}>{formatSince(worker.started_at, props.now)}</time>}</td>}
        <td className="trn-row-actions">
          {worker.state !== 'stopped' && (
            <>
              <Action narrow={narrow} icon={<ToEndIcon />} label={trans.__('Drain')} title={trans.__('It finishes its run, takes no other, and ends')} disabled={ends} onClick={() => void model.drain(worker.id)} />{' '}
              <span ref={stopButton}>
                <Action narrow={narrow} icon={<StopIcon />} label={trans.__('Stop')} title={trans.__('It ends now')} disabled={worker.state === 'stopping'} onClick={() => (run ? props.ask(worker.id) : stop())} />
              </span>
            </>
          )}
        </td>
      </tr>
      {asks && run && (
        <tr>
          <td colSpan={narrow ? 4 : 7}>
            <div
              className="trn-failure"
              role="alertdialog"
              aria-label={trans.__('Stop %1', worker.name)}
              onKeyDown={event => {
                if (event.key === 'Escape') {
                  keep();
                }
              }}
            >
              <p>{trans.__('Stop %1 with run #%2 under way? The run fails as lost, and Retry runs it again; where its tool allows it, it is tried again by itself.', worker.name, run.number)}</p>
              <Button autoFocus onClick={stop}>
                {trans.__('Stop it')}
              </Button>
              <Button onClick={keep}>{trans.__('Let it work')}</Button>
            </div>
          </td>
        </tr>
      )}
    </>
  );
}

function Action(props: { narrow: boolean; icon: ReactElement; label: string; title: string; disabled: boolean; onClick: () => void }): ReactElement {
  return props.narrow ? (
    <IconButton label={props.label} disabled={props.disabled} onClick={props.onClick}>
      {props.icon}
    </IconButton>
  ) : (
    <Button icon={props.icon} disabled={props.disabled} title={props.title} onClick={props.onClick}>
      {props.label}
    </Button>
  );
}

function State(props: RowProps): ReactElement {
  const { worker, now } = props;
  const by = worker.told_by && worker.told_at ? trans.__('told by %1, %2', worker.told_by, formatSince(worker.told_at, now)) : '';
  return (
    <>
      <span className="trn-worker-state">
        <span className="trn-worker-dot" aria-hidden="true" /> {workerStateText(worker)}
      </span>
      {by !== '' && <div className="trn-quiet">{by}</div>}
      {worker.state === 'silent' && worker.seen_at && <div className="trn-quiet">{trans.__('heard of last %1', formatSince(worker.seen_at, now))}</div>}
    </>
  );
}

function Current(props: RowProps): ReactElement | null {
  const { worker, now } = props;
  const run = worker.run;
  if (!run) {
    return null;
  }
  const percent = percentOf(run);
  return (
    <>
      <span className="trn-worker-run">
        <Mark status={run.status} /> <LinkButton onClick={() => props.openRun(run.id)}>#{run.number}</LinkButton>{' '}
        <span className="trn-cut" title={run.tool}>
          {props.tools.find(run.tool)?.short_name ?? shortName(run.tool)}
        </span>
      </span>
      <div className="trn-quiet trn-seconds">
        {formatDuration(secondsOf(run, now) ?? 0)} {percent !== null && <progress max={100} value={percent} aria-label={statusText(run)} />}
      </div>
    </>
  );
}
