/** What is kept of runs: the rules, what they would free now, and what they freed. */

import { useRef, useState, type ReactElement } from 'react';

import type { Cleaning, Retention } from '../api/types';
import { formatBytes, formatNumber } from '../format';
import { useModel } from '../models/model';
import { amount, bytesOf, type RetentionModel } from '../models/retention';
import { serverText } from '../serverText';
import { trans } from '../translation';
import { Ago, Button, FailureNotice, IconButton, LinkButton, Loading, Notice, useNow, useSize } from './basics';
import { CloseIcon, RetryIcon, TrashIcon, WarningIcon } from './icons';
import { boundsOf, exceptionText, whatText } from './retentionWords';

export interface RetentionPageProps {
  model: RetentionModel;
  openRun: (id: string) => void;
  openHistory: (view: string) => void;
}

const NARROW = 720;
/** Of the largest; the cleanings below them are not to be far. */
const FIRST = 10;

export function RetentionPage(props: RetentionPageProps): ReactElement {
  const { model } = props;
  useModel(model);
  const body = useRef<HTMLDivElement>(null);
  const [node, setNode] = useState<HTMLDivElement | null>(null);
  const { width } = useSize(node);
  const narrow = width > 0 && width < NARROW;
  const { retention } = model;
  return (
    <div className="trn-page trn-retention" data-narrow={narrow || undefined} ref={setNode}>
      <div className="trn-head">
        <div className="trn-head-row">
          <h1>{trans.__('Retention')}</h1>
          <span className="trn-quiet" role="status">
            {stateText(model)}
          </span>
        </div>
      </div>
      {model.failure && <FailureNotice failure={model.failure} kept={retention ? trans.__('What is shown was fetched before.') : ''} onRetry={() => void model.refresh()} />}
      {!retention && !model.failure && <Loading>{trans.__('Loading what is kept')}</Loading>}
      {retention && (
        <div className="trn-retention-body" ref={body} tabIndex={0} role="region" aria-label={trans.__('Rules and cleanings')}>
          <Rules retention={retention} openHistory={props.openHistory} />
          <Going {...props} narrow={narrow} leave={() => body.current?.focus()} />
          <Cleanings cleanings={retention.cleanings} />
        </div>
      )}
    </div>
  );
}

/** What one wants to know first. */
function stateText(model: RetentionModel): string {
  if (model.cleaning) {
    return trans.__('Freeing');
  }
  if (!model.found) {
    return '';
  }
  return amount(model.found) === 0 ? trans.__('Nothing is beyond the rules') : trans.__('Beyond the rules: %1', `${whatText(model.found)}, ${formatBytes(bytesOf(model.found))}`);
}

function Rules(props: { retention: Retention; openHistory: (view: string) => void }): ReactElement {
  const { logs, artifacts, exceptions } = props.retention;
  return (
    <section aria-label={trans.__('Rules')}>
      <h2>{trans.__('Rules')}</h2>
      <dl className="trn-rules">
        <dt>{trans.__('Logs stay')}</dt>
        <dd>
          <Bounds bounds={boundsOf(logs)} />
        </dd>
        <dt>{trans.__('Artifacts stay')}</dt>
        <dd>
          <Bounds bounds={boundsOf(artifacts)} />
        </dd>
        <dt>{trans.__('Whatever the rules say')}</dt>
        <dd>
          <ul>
            <li>{trans.__('the rows of the history, with values and figures')}</li>
            <li>
              {trans.__('everything of runs with the tag')} <LinkButton onClick={() => props.openHistory('tag=keep')}><code>keep</code></LinkButton>
            </li>
            <li>{trans.__('artifacts that a preset, a schedule, another run, a batch or a note refers to')}</li>
            {exceptions.map(exception => (
              <li key={exception}>{exceptionText(exception)}</li>
            ))}
          </ul>
        </dd>
      </dl>
      <p className="trn-quiet">
        {trans.__('The server frees what is beyond them once a day. They stand in its configuration:')} <code>keep_logs</code>, <code>keep_artifacts</code>, <code>keep_everything_of</code>.
      </p>
    </section>
  );
}

/** What is beyond the first of them goes. */
function Bounds({ bounds }: { bounds: readonly string[] }): ReactElement {
  if (bounds.length === 0) {
    return <>{trans.__('for ever')}</>;
  }
  return (
    <ul>
      {bounds.map(bound => (
        <li key={bound}>{bound}</li>
      ))}
    </ul>
  );
}

interface GoingProps extends RetentionPageProps {
  narrow: boolean;
  /** The focus goes elsewhere: what had it is gone. */
  leave: () => void;
}

function Going(props: GoingProps): ReactElement {
  const { model } = props;
  const { found, freed } = model;
  const count = amount(found);
  const button = useRef<HTMLSpanElement>(null);
  return (
    <section aria-label={trans.__('What goes')} aria-busy={model.looking || model.cleaning}>
      <div className="trn-retention-title">
        <h2>{trans.__('What goes')}</h2>
        {count > 0 && (
          <span ref={button}>
            <Button icon={<TrashIcon />} disabled={model.cleaning} title={trans.__('Free it now; the server does so once a day')} onClick={() => model.ask()}>
              {trans.__('Free it now…')}
            </Button>
          </span>
        )}
        <IconButton label={trans.__('Look again')} disabled={model.looking || model.cleaning} onClick={() => void model.refresh()}>
          <RetryIcon />
        </IconButton>
      </div>
      {model.asked && found && (
        <Question
          found={found}
          onFree={() => {
            props.leave();
            void model.clean();
          }}
          onKeep={() => {
            model.keep();
            button.current?.querySelector('button')?.focus();
          }}
        />
      )}
      {freed && (
        <div className="trn-report" role="status">
          <span>{amount(freed) === 0 ? trans.__('There was nothing left to free.') : trans.__('Freed: %1.', `${whatText(freed)}, ${formatBytes(bytesOf(freed))}`)}</span>
          <IconButton
            label={trans.__('Close')}
            onClick={() => {
              props.leave();
              model.closeReport();
            }}
          >
            <CloseIcon />
          </IconButton>
        </div>
      )}
      {!found && !model.failure && <Loading>{trans.__('Looking at what is beyond the rules')}</Loading>}
      {found?.notes.map(note => (
        <p key={note} className="trn-retention-note">
          <WarningIcon /> {serverText(note)}
        </p>
      ))}
      {found && count === 0 && <Notice>{trans.__('Nothing: all that runs left is within the rules.')}</Notice>}
      {found && count > 0 && <Found {...props} found={found} />}
    </section>
  );
}

function Question(props: { found: Cleaning; onFree: () => void; onKeep: () => void }): ReactElement {
  const { found } = props;
  return (
    <div
      className="trn-failure"
      role="alertdialog"
      aria-label={trans.__('Free it now')}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          props.onKeep();
        }
      }}
    >
      <p>
        {trans._n('Free %2 of %3 run, %4? Nobody can bring that back.', 'Free %2 of %3 runs, %4? Nobody can bring that back.', found.runs, whatText(found), formatNumber(found.runs), formatBytes(bytesOf(found)))}{' '}
        {trans.__('The runs stay in the history, with their values and figures, and say what was freed and when.')}
      </p>
      <Button autoFocus onClick={props.onFree}>
        {trans.__('Free it')}
      </Button>
      <Button onClick={props.onKeep}>{trans.__('Keep it')}</Button>
    </div>
  );
}

function Found(props: GoingProps & { found: Cleaning }): ReactElement {
  const { found, narrow } = props;
  const [all, setAll] = useState(false);
  const shown = all ? found.examples : found.examples.slice(0, FIRST);
  const more = amount(found) - shown.length;
  return (
    <>
      {Object.keys(found.rules).length > 1 && <ByRule rules={found.rules} />}
      <table className="trn-runs" aria-label={trans.__('The largest of what goes')}>
        <thead>
          <tr>
            <th scope="col">{trans._p('noun', 'Run')}</th>
            <th scope="col">{trans.__('What')}</th>
            <th scope="col" className="trn-number">
              {trans.__('Size')}
            </th>
            {!narrow && <th scope="col">{trans.__('Rule')}</th>}
          </tr>
        </thead>
        <tbody>
          {shown.map((one, place) => (
            <tr key={place}>
              <td>
                <LinkButton onClick={() => props.openRun(String(one.number))}>#{one.number}</LinkButton>
              </td>
              <td className="trn-retention-what">
                {one.kind === 'log' ? trans.__('Log') : one.name}
                {narrow && <div className="trn-quiet">{serverText(one.rule)}</div>}
              </td>
              <td className="trn-number">{formatBytes(one.size)}</td>
              {!narrow && <td className="trn-quiet">{serverText(one.rule)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && (
        <p className="trn-more trn-quiet">
          {trans._n('The largest are shown; %2 more goes too.', 'The largest are shown; %2 more go too.', more, formatNumber(more))}{' '}
          {shown.length < found.examples.length && <LinkButton onClick={() => setAll(true)}>{trans.__('Show the largest %1', formatNumber(found.examples.length))}</LinkButton>}
        </p>
      )}
    </>
  );
}

function ByRule({ rules }: { rules: Readonly<Record<string, number>> }): ReactElement {
  const all = Object.entries(rules);
  return (
    <ul className="trn-retention-by">
      {all.map(([rule, count]) => (
        <li key={rule}>
          {serverText(rule)}
          {all.length > 1 && `: ${formatNumber(count)}`}
        </li>
      ))}
    </ul>
  );
}

function Cleanings({ cleanings }: { cleanings: readonly Cleaning[] }): ReactElement {
  const now = useNow(30_000);
  return (
    <section aria-label={trans.__('Latest cleanings')}>
      <h2>{trans.__('Latest cleanings')}</h2>
      {cleanings.length === 0 ? (
        <p className="trn-quiet">{trans.__('None yet. The server cleans once a day while it runs.')}</p>
      ) : (
        <table className="trn-runs">
          <thead>
            <tr>
              <th scope="col">{trans.__('When')}</th>
              <th scope="col">{trans.__('Who')}</th>
              <th scope="col">{trans.__('What was freed')}</th>
              <th scope="col" className="trn-number">
                {trans.__('Size')}
              </th>
            </tr>
          </thead>
          <tbody>
            {cleanings.map(one => (
              <tr key={one.at}>
                <td>
                  <Ago time={one.at} now={now} />
                </td>
                <td className="trn-cut">{one.by || <span className="trn-quiet">{trans.__('by itself')}</span>}</td>
                <td className="trn-retention-what">
                  {amount(one) === 0 ? <span className="trn-quiet">{trans.__('nothing')}</span> : whatText(one)}
                  {amount(one) > 0 && <ByRule rules={one.rules} />}
                </td>
                <td className="trn-number">{amount(one) > 0 && formatBytes(bytesOf(one))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
