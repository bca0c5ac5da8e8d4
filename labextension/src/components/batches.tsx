/** Batches: the list, the one that is looked at, and the one that is being made. */

import { useState, type ReactElement } from 'react';

import type { Batch, RowOutcome, RunStatus } from '../api/types';
import { formatDuration, formatNumber, shortName, statusWord } from '../format';
import { isObject, sameJson, showValue } from '../logic/json';
import { visible } from '../logic/visible';
import type { BatchesModel } from '../models/batches';
import { useModel } from '../models/model';
import type { ToolsModel } from '../models/tools';
import { trans } from '../translation';
import { Ago, Button, FailureNotice, IconButton, LinkButton, Loading, Notice, useNow, useSize } from './basics';
import { countOf, countsOf, countsText, forecastText, rowExplained, runsText, sourceText } from './batchWords';
import { BackIcon, CaretIcon, CloseIcon, DownloadIcon, Mark, RetryIcon, StopIcon } from './icons';
import { MenuButton } from './menu';
import { NewBatch } from './newBatch';
import { Windowed } from './windowed';

export interface BatchesProps {
  model: BatchesModel;
  tools: ToolsModel;
  openRun: (id: string) => void;
  showTools: () => void;
}

const NARROW = 720;
const ROW = 30;
/** Rows of which it is seen which values are the same. */
const LOOKED_AT = 200;

export function Batches(props: BatchesProps): ReactElement {
  const { model, tools } = props;
  useModel(model);
  useModel(tools);
  const [node, setNode] = useState<HTMLDivElement | null>(null);
  const { width } = useSize(node);
  const narrow = width > 0 && width < NARROW;
  const { draft, batch, opening } = model;
  const part = { ...props, narrow };
  return (
    <div className="trn-page trn-batches" ref={setNode}>
      {draft ? <NewBatch key={`${draft.tool.name} ${draft.kind}`} draft={draft} onLeave={() => model.showList()} /> : batch || opening !== null ? <One {...part} /> : <List {...part} />}
    </div>
  );
}

type PartProps = BatchesProps & { narrow: boolean };

function titleOf(tools: ToolsModel, batch: Batch): string {
  return tools.find(batch.tool)?.title ?? shortName(batch.tool);
}

function List(props: PartProps): ReactElement {
  const { model, tools, narrow } = props;
  const now = useNow(10_000);
  return (
    <>
      <div className="trn-head">
        <div className="trn-head-row">
          <h1>{trans.__('Batches')}</h1>
        </div>
      </div>
      {model.failure && <FailureNotice failure={model.failure} kept={model.loaded ? trans.__('What is shown was fetched before.') : ''} onRetry={() => void model.refresh()} />}
      {!model.loaded && !model.failure && <Loading>{trans.__('Loading the batches')}</Loading>}
      {model.loaded && model.items.length === 0 && (
        <Notice>
          {trans.__('No tool was run for a table yet. Open the form of a tool, and choose “Run for a table…” in the menu beside Run.')} <LinkButton onClick={props.showTools}>{trans.__('Show the tools')}</LinkButton>
        </Notice>
      )}
      {model.items.length > 0 && (
        <div className="trn-batches-body" tabIndex={0} role="region" aria-label={trans.__('List of batches')}>
          <table className="trn-runs">
            <thead>
              <tr>
                <th scope="col">{trans.__('Batch')}</th>
                <th scope="col">{trans.__('Tool')}</th>
                <th scope="col">{trans.__('Runs')}</th>
                <th scope="col">{trans.__('How far')}</th>
                {!narrow && <th scope="col">{trans.__('Who')}</th>}
                <th scope="col">{trans.__('When')}</th>
              </tr>
            </thead>
            <tbody>
              {model.items.map(batch => (
                <tr key={batch.id} data-batch={batch.id}>
                  <td>
                    <LinkButton onClick={() => model.open(batch.id)}>
                      #{batch.number} {visible(batch.title)}
                    </LinkButton>
                  </td>
                  <td title={batch.tool}>{titleOf(tools, batch)}</td>
                  <td className="trn-number">{formatNumber(batch.rows)}</td>
                  <td>
                    <Bar batch={batch} />
                    <span className="trn-quiet">{countsText(batch)}</span>
                  </td>
                  {!narrow && <td className="trn-cut">{batch.owner}</td>}
                  <td>
                    <Ago time={batch.created_at} now={now} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {model.hasOlder && <Button onClick={() => void model.older()}>{trans.__('Older ones')}</Button>}
        </div>
      )}
    </>
  );
}

/** The share of each status; its words stand beside it. */
function Bar({ batch }: { batch: Batch }): ReactElement {
  return (
    <span className="trn-batch-bar" aria-hidden="true">
      {countsOf(batch).map(({ status, runs }) => (
        <span key={status} data-status={status} style={{ flexGrow: runs }} />
      ))}
    </span>
  );
}

function againText(runs: number, withCanceled: boolean): string {
  return withCanceled
    ? trans._n('Run the %2 failed or canceled one again', 'Run the %2 failed or canceled ones again', runs, formatNumber(runs))
    : trans._n('Run the %2 failed one again', 'Run the %2 failed ones again', runs, formatNumber(runs));
}

function One(props: PartProps): ReactElement {
  const { model, tools } = props;
  const { batch, forecast } = model;
  const failed = batch ? countOf(batch, 'failed', 'canceled') : 0;
  const left = batch ? countOf(batch, 'waiting', 'queued', 'running') : 0;
  return (
    <>
      <div className="trn-head">
        <div className="trn-head-row">
          <IconButton label={trans.__('All batches')} onClick={() => model.showList()}>
            <BackIcon />
          </IconButton>
          <h1>{batch ? trans.__('Batch #%1', batch.number) : trans.__('Batch')}</h1>
          {batch && (
            <span className="trn-quiet">
              {titleOf(tools, batch)}
              {batch.title !== '' && ` · ${visible(batch.title)}`}
            </span>
          )}
        </div>
        {batch && (
          <>
            <div className="trn-batch-far">
              <Bar batch={batch} />
              <p role="status">
                {runsText(batch.rows)}: {countsText(batch)}
              </p>
              {forecast && (
                <p className="trn-quiet" title={sourceText(forecast)}>
                  {trans.__('Left: %1', forecastText(forecast))}
                </p>
              )}
            </div>
            <div className="trn-buttons">
              {failed > 0 && (
                <span className="trn-split">
                  <Button icon={<RetryIcon />} primary={left === 0} disabled={model.busy} onClick={() => void model.retry('kept')}>
                    {againText(failed, countOf(batch, 'canceled') > 0)}
                  </Button>
                  <MenuButton
                    className="trn-button trn-split-more"
                    label={trans.__('More ways to run them again')}
                    disabled={model.busy}
                    items={() => [
                      { label: trans.__('With the code that they had'), note: trans.__('the same runs once more'), onChoose: () => void model.retry('kept') },
                      { label: trans.__('With the tool as it is now'), note: trans.__('new runs in their places'), onChoose: () => void model.retry('now') }
                    ]}
                  >
                    <CaretIcon open />
                  </MenuButton>
                </span>
              )}
              {left > 0 && (
                <Button icon={<StopIcon />} disabled={model.busy} onClick={() => void model.cancel()}>
                  {trans.__('Cancel what is left')}
                </Button>
              )}
              <a className="trn-button" href={model.tableUrl(batch)} download={`batch-${batch.number}.csv`}>
                <DownloadIcon />
                <span>{trans.__('Download the table')}</span>
              </a>
              <span className="trn-grow" />
              <label>
                {trans.__('Show')}{' '}
                <select value={model.only ?? ''} onChange={event => model.show(event.currentTarget.value === '' ? null : (event.currentTarget.value as RunStatus))}>
                  <option value="">{trans.__('all rows')}</option>
                  {countsOf(batch).map(({ status, runs }) => (
                    <option key={status} value={status}>
                      {statusWord(status)} ({formatNumber(runs)})
                    </option>
                  ))}
                </select>
              </label>
            </div>
          </>
        )}
      </div>
      {model.failure && <FailureNotice failure={model.failure} kept={batch ? trans.__('What is shown was fetched before.') : ''} onRetry={() => void model.refresh()} />}
      {!batch && !model.failure && <Loading>{trans.__('Loading the batch')}</Loading>}
      {batch && <Rows {...props} batch={batch} />}
      {model.report !== null && (
        <div className="trn-report" role="status">
          <span>{trans.__('Done to %1.', runsText(Number(model.report)))}</span>
          <IconButton label={trans.__('Close')} onClick={() => model.closeReport()}>
            <CloseIcon />
          </IconButton>
        </div>
      )}
    </>
  );
}

function Rows(props: PartProps & { batch: Batch }): ReactElement {
  const { model, narrow, batch } = props;
  if (model.count === 0) {
    return model.fetching ? <Loading>{trans.__('Loading the rows')}</Loading> : <Notice>{trans.__('No row has this status now.')}</Notice>;
  }
  const columns = narrow ? 4 : 6;
  const numbers = new Set([trans.__('Row'), trans.__('Took')]);
  const same = sameValues(model);
  return (
    <Windowed
      key={`${batch.id} ${model.only ?? ''}`}
      className="trn-batch-rows"
      label={trans.__('Rows of the batch')}
      count={model.count}
      rowHeight={ROW}
      table={{ rows: model.count + 1, columns }}
      onRange={(from, to) => model.look(from, to)}
      header={
        <div className="trn-batch-row trn-batch-head" role="row" data-narrow={narrow || undefined}>
          {[trans.__('Row'), trans.__('Status'), trans._p('noun', 'Run'), ...(narrow ? [] : [trans.__('Took'), trans.__('Values')]), trans.__('Result')].map(name => (
            <span key={name} role="columnheader" className={numbers.has(name) ? 'trn-number' : undefined} title={name === trans.__('Row') ? rowExplained() : undefined}>
              {name}
            </span>
          ))}
        </div>
      }
      draw={(from, to) =>
        Array.from({ length: to - from }, (_, place) => {
          const row = model.at(from + place);
          return row && <Line key={row.row} {...props} row={row} same={same} index={from + place} />;
        })
      }
    />
  );
}

/** Names of the values that all rows have: what tells one row from the others is what is worth the place. */
function sameValues(model: BatchesModel): ReadonlySet<string> {
  const first = model.at(0);
  const same = new Set(model.count > 1 && first ? Object.keys(first.params) : []);
  for (let place = 1; place < Math.min(model.count, LOOKED_AT); place++) {
    const row = model.at(place);
    for (const name of same) {
      if (row && !sameJson(row.params[name], first?.params[name])) {
        same.delete(name);
      }
    }
  }
  return same;
}

function Line(props: PartProps & { row: RowOutcome; same: ReadonlySet<string>; index: number }): ReactElement {
  const { row, narrow, index, same } = props;
  const values = Object.entries(row.params)
    .filter(([name]) => !same.has(name))
    .map(([name, value]) => `${name} ${showValue(value)}`)
    .join(', ');
  const came = row.error ?? (row.result === null || row.result === undefined ? '' : resultText(row.result));
  return (
    <div className="trn-batch-row" role="row" aria-rowindex={index + 2} style={{ height: ROW }} data-narrow={narrow || undefined} data-run={row.run_id}>
      <span role="cell" className="trn-number">
        {row.row}
      </span>
      <span role="cell">
        <Mark status={row.status} /> {statusWord(row.status)}
      </span>
      <span role="cell">
        <LinkButton onClick={() => props.openRun(row.run_id)}>#{row.run}</LinkButton>
      </span>
      {!narrow && (
        <span role="cell" className="trn-number">
          {row.seconds === null ? '' : formatDuration(row.seconds)}
        </span>
      )}
      {!narrow && (
        <span role="cell" className="trn-cut trn-quiet" title={visible(values)}>
          {visible(values)}
        </span>
      )}
      <span role="cell" className={row.error === null ? 'trn-cut' : 'trn-cut trn-error'} title={visible(came)}>
        {visible(came)}
      </span>
    </div>
  );
}

function resultText(result: unknown): string {
  if (isObject(result)) {
    return Object.entries(result)
      .map(([name, value]) => `${name} ${showValue(value)}`)
      .join(', ');
  }
  return typeof result === 'string' ? result : showValue(result);
}
