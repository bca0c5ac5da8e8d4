/** Runs as rows, of which only those in sight are drawn; columns sort, groups open. */

import { useCallback, type MouseEvent, type ReactElement, type ReactNode } from 'react';

import type { Run, RunGroup, RunStatus, UsualDuration } from '../../api/types';
import { formatDuration, formatNumber, secondsOf, shortName, statusText, statusWord, timeFormat } from '../../format';
import { isFinal } from '../../logic/merge';
import type { HistoryModel } from '../../models/history';
import type { ToolsModel } from '../../models/tools';
import { trans } from '../../translation';
import { Ago, LinkButton } from '../basics';
import { CaretIcon, FileIcon, Mark } from '../icons';
import { useSettings } from '../settings';
import { Windowed } from '../windowed';
import { Outcome, ParamChips } from './paramChips';

export interface Column {
  name: string;
  word: string;
  /** What the server sorts by, where it can. */
  sort?: string;
  /** Grid track. */
  track: string;
  /** Left out where the page is narrow. */
  wide?: boolean;
}

export function columns(): Column[] {
  return [
    { name: 'status', word: trans.__('Status'), sort: 'status', track: '146px' },
    { name: 'number', word: trans._p('noun', 'Run'), sort: 'number', track: '74px' },
    { name: 'tool', word: trans.__('Tool'), sort: 'tool', track: 'minmax(110px, 1.1fr)' },
    { name: 'params', word: trans.__('Changed parameters and outcome'), track: 'minmax(130px, 3fr)' },
    { name: 'started', word: trans.__('Started'), sort: 'started', track: '118px' },
    { name: 'duration', word: trans.__('Duration'), sort: 'duration', track: '134px', wide: true },
    { name: 'owner', word: trans.__('Who'), track: '76px', wide: true },
    { name: 'results', word: trans.__('Results'), track: '100px', wide: true },
    { name: 'tags', word: trans.__('Tags'), track: 'minmax(60px, 0.8fr)', wide: true }
  ];
}

export interface RunTableProps {
  model: HistoryModel;
  tools: ToolsModel;
  now: number;
  narrow: boolean;
  openRun: (id: string) => void;
}

export function RunTable(props: RunTableProps): ReactElement {
  const { model, now } = props;
  const { rowHeight } = useSettings();
  const { view } = model;
  const shown = columns().filter(column => !view.hidden.includes(column.name) && !(props.narrow && column.wide === true));
  const template = `30px ${shown.map(column => column.track).join(' ')}`;
  const onRange = useCallback(
    (from: number, to: number) => {
      model.show(from, to);
      model.setAtTop(from === 0);
    },
    [model]
  );
  const known = [...model.list.known()];
  const every = known.length > 0 && known.every(run => model.selected.has(run.id));
  const draw = (from: number, to: number): ReactNode => {
    const rows: ReactNode[] = [];
    for (let index = from; index < to; index += 1) {
      const row = model.row(index);
      if (row?.kind === 'group') {
        rows.push(<GroupRow key={row.group.key} {...props} group={row.group} open={row.open} index={index} height={rowHeight} columns={shown.length + 1} />);
      } else if (row?.run) {
        rows.push(<RunRow key={row.run.id} {...props} run={row.run} depth={row.depth} index={index} template={template} height={rowHeight} columns={shown} now={now} />);
      } else {
        rows.push(<div key={index} role="row" aria-rowindex={index + 2} className="trn-history-row trn-faint" style={{ height: rowHeight }} />);
      }
    }
    return rows;
  };
  return (
    <div className="trn-run-table" data-list="runs">
      <Windowed
        count={model.rowCount}
        rowHeight={rowHeight}
        label={trans.__('Runs')}
        className="trn-run-rows"
        table={{ rows: model.list.hasMore ? -1 : model.rowCount + 1, columns: shown.length + 1 }}
        onRange={onRange}
        header={
          <div role="row" aria-rowindex={1} className="trn-history-row trn-run-head" style={{ gridTemplateColumns: template }}>
            <span role="columnheader">
              {view.group === '' && (
                <input type="checkbox" aria-label={trans.__('Select all that are loaded')} checked={every} onChange={event => model.selectLoaded(event.currentTarget.checked)} />
              )}
              {view.group !== '' && <span className="trn-sr">{trans.__('Selection')}</span>}
            </span>
            {shown.map(column => (
              <Head key={column.name} column={column} model={model} />
            ))}
          </div>
        }
        draw={draw}
      />
    </div>
  );
}

function Head(props: { column: Column; model: HistoryModel }): ReactElement {
  const { column, model } = props;
  const { sort } = model.view;
  const by = sort === '' ? '-number' : sort;
  const direction = by === column.sort ? 'ascending' : by === `-${column.sort}` ? 'descending' : 'none';
  if (column.sort === undefined) {
    return (
      <span role="columnheader" title={column.word}>
        <span className="trn-cut">{column.word}</span>
      </span>
    );
  }
  // Words begin with A, figures with the largest.
  const first = ['tool', 'status'].includes(column.name) ? column.sort : `-${column.sort}`;
  const other = first === column.sort ? `-${column.sort}` : column.sort;
  const next = by === first ? other : first;
  return (
    <span role="columnheader" aria-sort={direction} data-column={column.name}>
      <button type="button" className="trn-sort" onClick={() => model.setView({ sort: next === '-number' ? '' : next })}>
        {column.word}
        <span aria-hidden="true">{direction === 'ascending' ? ' ▴' : direction === 'descending' ? ' ▾' : ''}</span>
      </button>
    </span>
  );
}

interface RowProps extends RunTableProps {
  run: Run;
  depth: number;
  index: number;
  template: string;
  height: number;
  columns: Column[];
}

function RunRow(props: RowProps): ReactElement {
  const { run, model } = props;
  const selected = model.allSelected || model.selected.has(run.id);
  const select = (event: MouseEvent<HTMLInputElement>): void => model.select(run, { range: event.shiftKey, on: event.currentTarget.checked });
  const onClick = (event: MouseEvent<HTMLDivElement>): void => {
    if ((event.shiftKey || event.ctrlKey || event.metaKey) && !(event.target as Element).closest('button, input, a')) {
      model.select(run, { range: event.shiftKey, on: event.shiftKey || !selected });
    }
  };
  return (
    <div
      role="row"
      aria-rowindex={props.index + 2}
      aria-selected={selected}
      data-run={run.id}
      data-depth={props.depth || undefined}
      className="trn-history-row"
      style={{ gridTemplateColumns: props.template, height: props.height }}
      onDoubleClick={() => props.openRun(run.id)}
      onClick={onClick}
      onMouseDown={event => event.shiftKey && event.preventDefault()}
    >
      <span role="cell">
        <input type="checkbox" tabIndex={-1} aria-label={trans.__('Select #%1', run.number)} checked={selected} onClick={select} onChange={noop} />
      </span>
      {props.columns.map(column => (
        <span key={column.name} role="cell" data-column={column.name}>
          <Cell {...props} column={column.name} />
        </span>
      ))}
    </div>
  );
}

function noop(): void {
  // The click says whether Shift was held.
}

function Cell(props: RowProps & { column: string }): ReactElement | null {
  const { run, now } = props;
  switch (props.column) {
    case 'status':
      return (
        <span className="trn-status trn-cut" title={statusText(run)}>
          <Mark status={run.status} reused={Boolean(run.reused)} /> <span className="trn-cut">{statusText(run)}</span>
        </span>
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
          {/* What went wrong is read first, and must not be what is cut off. */}
          {run.status === 'failed' && <Outcome run={run} />}
          <ParamChips run={run} tools={props.tools} /> {run.status !== 'failed' && <Outcome run={run} />}
        </span>
      );
    case 'started':
      return <Ago time={run.started_at ?? run.created_at} now={now} />;
    case 'duration':
      return <Duration run={run} now={now} usual={props.model.usual(run.tool)} />;
    case 'owner':
      return <LinkButton title={trans.__('Only runs of %1', run.owner)} onClick={() => props.model.setView({ owners: [run.owner] })}>{run.owner}</LinkButton>;
    case 'results':
      return <Results run={run} />;
    case 'tags':
      return (
        <span className="trn-cut">
          {run.tags.map(tag => (
            <button key={tag} type="button" className="trn-tag-chip" title={trans.__('Only runs with the tag %1', tag)} onClick={() => props.model.setView({ tags: [...new Set([...props.model.view.tags, tag])] })}>
              {tag}
            </button>
          ))}
        </span>
      );
    default:
      return null;
  }
}

/** How long, and where that lies among what the tool usually takes. */
function Duration(props: { run: Run; now: number; usual: UsualDuration | undefined }): ReactElement | null {
  const { run, usual } = props;
  const seconds = secondsOf(run, props.now);
  if (seconds === null || (!isFinal(run.status) && run.status !== 'running')) {
    return null;
  }
  return (
    <>
      <span className="trn-seconds">{formatDuration(seconds)}</span>
      {usual && <Band seconds={seconds} usual={usual} />}
    </>
  );
}

function Band(props: { seconds: number; usual: UsualDuration }): ReactElement {
  const { seconds, usual } = props;
  const low = Math.log(Math.max(usual.low / 3, 0.001));
  const high = Math.log(Math.max(usual.high * 3, usual.low + 0.01));
  const at = (value: number): number => Math.max(0, Math.min(100, ((Math.log(Math.max(value, 0.001)) - low) / (high - low)) * 100));
  const unusual = seconds < usual.low / 1.5 || seconds > usual.high * 1.5;
  const said = trans.__('Usually %1 to %2', formatDuration(usual.low), formatDuration(usual.high));
  return (
    <svg className="trn-band" data-unusual={unusual || undefined} width="40" height="12" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label={said}>
      <title>{said}</title>
      <line x1="0" x2="100" y1="6" y2="6" className="trn-band-line" />
      <rect x={at(usual.low)} width={Math.max(2, at(usual.high) - at(usual.low))} y="4" height="4" className="trn-band-usual" />
      <rect x={Math.max(0, at(seconds) - 2)} width="5" y="0" height="12" className="trn-band-here" />
    </svg>
  );
}

function Results(props: { run: Run }): ReactElement | null {
  const artifacts = props.run.artifacts;
  if (artifacts.length === 0) {
    return null;
  }
  const said = artifacts.map(artifact => artifact.name).slice(0, 12).join(', ');
  return (
    <span className="trn-result-icons" title={said} role="img" aria-label={trans._n('%1 result: %2', '%1 results: %2', artifacts.length, said)}>
      {artifacts.slice(0, 3).map(artifact => (
        <FileIcon key={artifact.id} mediaType={artifact.media_type} />
      ))}
      {artifacts.length > 3 && <span className="trn-quiet">+{artifacts.length - 3}</span>}
    </span>
  );
}

function GroupRow(props: RunTableProps & { group: RunGroup; open: boolean; index: number; height: number; columns: number }): ReactElement {
  const { group, model, open } = props;
  const failed = group.by_status.failed ?? 0;
  const statuses = Object.entries(group.by_status) as [RunStatus, number][];
  const only = statuses.length === 1 ? statuses[0]?.[0] : undefined;
  const mark: RunStatus = (group.by_status.running ?? 0) > 0 ? 'running' : failed > 0 ? 'failed' : (only ?? 'succeeded');
  return (
    <div role="row" aria-rowindex={props.index + 2} className="trn-history-row trn-group-row" data-tool={model.view.group === 'tool' ? group.key : undefined} style={{ height: props.height }}>
      <span role="cell" aria-colspan={props.columns} className="trn-group-cell">
        <button type="button" className="trn-group-toggle" aria-expanded={open} onClick={() => model.toggleGroup(group.key)}>
          <CaretIcon open={open} />
          <strong>{groupWord(props)}</strong>
        </button>
        <span className="trn-status">
          <Mark status={mark} />
          {failed > 0 ? trans.__('%1 of %2 failed', formatNumber(failed), formatNumber(group.runs)) : trans._n('%2 run', '%2 runs', group.runs, formatNumber(group.runs))}
        </span>
        <span className="trn-quiet">
          {trans.__('last run')} <Ago time={group.last} now={props.now} />
        </span>
        {group.newest && (
          <span className="trn-status">
            {trans.__('newest')} <Mark status={group.newest.status} />
            <LinkButton title={statusText(group.newest)} onClick={() => group.newest && props.openRun(group.newest.id)}>
              #{group.newest.number}
            </LinkButton>
          </span>
        )}
        <LinkButton onClick={() => model.openGroup(group.key)}>{trans.__('Show only these')}</LinkButton>
        {open && model.moreInGroup(group.key) && <span className="trn-quiet">{trans.__('The first 100 are shown.')}</span>}
      </span>
    </div>
  );
}

function chainWord({ first, newest }: RunGroup, tools: ToolsModel): string {
  const tool = newest ? (tools.find(newest.tool)?.short_name ?? shortName(newest.tool)) : '';
  return trans.__('%1 since #%2', tool, first ?? '');
}

function groupWord(props: { group: RunGroup; model: HistoryModel; tools: ToolsModel }): string {
  const { key } = props.group;
  switch (props.model.view.group) {
    case 'tool':
      return props.tools.find(key)?.short_name ?? shortName(key);
    case 'day':
      return timeFormat({ weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(`${key}T12:00:00`));
    case 'status':
      return statusWord(key as RunStatus);
    case 'chain':
      return chainWord(props.group, props.tools);
    default:
      return key;
  }
}
