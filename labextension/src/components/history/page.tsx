/** The history: what was run, when, with what, and what came of it. */

import { useState, type ReactElement } from 'react';

import type { GroupBy } from '../../logic/historyView';
import { formatDuration, formatNumber } from '../../format';
import type { EventsConnection } from '../../models/events';
import type { HistoryModel } from '../../models/history';
import { useModel } from '../../models/model';
import { MOST_GROUPS } from '../../models/runGroups';
import type { SavedViewsModel } from '../../models/savedViews';
import type { ToolsModel } from '../../models/tools';
import { trans } from '../../translation';
import { FailureNotice, IconButton, LinkButton, Loading, Notice, useNow, useSize } from '../basics';
import { ArchiveIcon, ColumnsIcon, Mark, SearchIcon } from '../icons';
import { BulkBar, BulkNote } from './bulkBar';
import { Filters } from './filters';
import { Popover } from './popover';
import { columns, RunTable } from './runTable';
import { TimelinePlot } from './timeline';
import { SavedViews } from './views';

export interface HistoryProps {
  model: HistoryModel;
  views: SavedViewsModel;
  tools: ToolsModel;
  events: EventsConnection;
  openRun: (id: string) => void;
  copyLink: () => void;
  copyLinks: () => void;
  /** Where there are pages. */
  openRetention: (() => void) | null;
}

const NARROW = 720;

export function History(props: HistoryProps): ReactElement {
  const { model, tools, events } = props;
  useModel(model);
  useModel(tools);
  useModel(events);
  const [node, setNode] = useState<HTMLDivElement | null>(null);
  const { width } = useSize(node);
  const active = (model.timeline?.by_status.running ?? 0) > 0;
  const now = useNow(active ? 1_000 : 30_000);
  const { timeline } = model;
  const narrow = width > 0 && width < NARROW;
  const empty = model.loaded && model.rowCount === 0 && !model.list.hasMore;
  return (
    <div className="trn-page trn-history" ref={setNode}>
      <div className="trn-head">
        <div className="trn-head-row">
          <h1>{trans.__('History')}</h1>
          <FoundText model={model} />
          <span className="trn-grow" />
          <GroupSelect model={model} />
          {!narrow && <ColumnsMenu model={model} />}
          <SavedViews model={model} views={props.views} copyLink={props.copyLink} />
          {props.openRetention && (
            <IconButton label={trans.__('What is kept of runs, and for how long')} onClick={props.openRetention}>
              <ArchiveIcon />
            </IconButton>
          )}
        </div>
        <div className="trn-search trn-history-search">
          <SearchIcon />
          <input
            type="search"
            aria-label={trans.__('Search the history')}
            placeholder={trans.__('Words in the tool’s name, the parameters or the note, such as threshold 0.05')}
            value={model.view.words}
            onChange={event => model.setView({ words: event.currentTarget.value })}
          />
        </div>
        <div className="trn-head-row">
          <Filters model={model} tools={tools} />
          <span className="trn-grow" />
          <Figures model={model} />
        </div>
      </div>
      {model.failure && (
        <FailureNotice failure={model.failure} kept={model.loaded ? trans.__('What is shown was fetched before.') : ''} onRetry={() => void model.refresh()} />
      )}
      {!narrow && timeline && timeline.points.length > 1 && (
        <TimelinePlot
          timeline={timeline}
          from={model.view.from}
          before={model.view.before}
          onRange={(from, before) => model.setView({ period: '', from, before })}
          onOpen={number => props.openRun(String(number))}
        />
      )}
      {!model.loaded && !model.failure && <Loading>{loadingText(timeline?.total)}</Loading>}
      {empty && (
        <Notice>
          {model.filters === 0 ? (
            trans.__('No runs yet. Choose a tool on the left; its first result appears here.')
          ) : (
            <>
              {trans._n('No run matches this filter.', 'No run matches these %1 filters.', model.filters)}{' '}
              <LinkButton onClick={() => model.clearFilters()}>{trans.__('Clear filters')}</LinkButton>
            </>
          )}
        </Notice>
      )}
      {model.loaded && !empty && model.rowCount === 0 && <Loading>{trans.__('Searching')}</Loading>}
      <div className="trn-history-body">
        {model.newRuns > 0 && (
          <button type="button" className="trn-new-runs" onClick={() => void model.refresh().then(() => node?.querySelector('.trn-run-rows')?.scrollTo({ top: 0 }))}>
            {trans._n('%1 new run', '%1 new runs', model.newRuns)}
          </button>
        )}
        {model.groupsAreCut && <p className="trn-quiet trn-groups-cut">{trans.__('The %1 groups with the newest runs are shown. A filter, such as one of time, finds the others.', formatNumber(MOST_GROUPS))}</p>}
        {model.rowCount > 0 && <RunTable model={model} tools={tools} now={now} narrow={narrow} openRun={props.openRun} />}
        {model.report && <BulkNote report={model.report} onClose={() => model.closeReport()} />}
        <BulkBar model={model} copyLinks={props.copyLinks} />
      </div>
    </div>
  );
}

function loadingText(total: number | undefined): string {
  return total === undefined ? trans.__('Loading runs') : trans._n('Loading %2 run', 'Loading %2 runs', total, formatNumber(total));
}

/** "63 of 12,418 runs". */
function FoundText(props: { model: HistoryModel }): ReactElement | null {
  const { figures: timeline, filters } = props.model;
  if (!timeline) {
    return null;
  }
  const total = formatNumber(timeline.total);
  const found = `${formatNumber(timeline.found.runs)}${timeline.found.more ? '+' : ''}`;
  return (
    <span className="trn-quiet trn-number" role="status">
      {filters === 0 ? trans._n('%2 run', '%2 runs', timeline.total, total) : trans._n('%2 of %3 run', '%2 of %3 runs', timeline.total, found, total)}
    </span>
  );
}

function Figures(props: { model: HistoryModel }): ReactElement | null {
  const { figures: timeline } = props.model;
  if (!timeline || timeline.found.runs === 0) {
    return null;
  }
  const { succeeded = 0, failed = 0 } = timeline.by_status;
  return (
    <span className="trn-figures trn-quiet">
      <span>
        <Mark status="succeeded" /> {trans.__('%1 succeeded', formatNumber(succeeded))}
      </span>
      {failed > 0 && (
        <span>
          <Mark status="failed" /> {trans.__('%1 failed', formatNumber(failed))}
        </span>
      )}
      {typeof timeline.median === 'number' && <span>{trans.__('median %1', formatDuration(timeline.median))}</span>}
    </span>
  );
}

function GroupSelect(props: { model: HistoryModel }): ReactElement {
  const { model } = props;
  const words: [GroupBy, string][] = [
    ['', trans.__('Not grouped')],
    ['tool', trans.__('By tool')],
    ['day', trans.__('By day')],
    ['owner', trans.__('By user')],
    ['status', trans.__('By status')],
    ['chain', trans.__('By chain of runs')]
  ];
  return (
    <select
      className="trn-input trn-filter"
      aria-label={trans.__('Grouping')}
      title={model.view.group === 'chain' ? trans.__('A run and all that were made from it, by “Run again” or “Edit and run again”, are one group') : trans.__('Grouping')}
      value={model.view.group}
      onChange={event => model.setView({ group: words.find(([by]) => by === event.currentTarget.value)?.[0] ?? '' })}
    >
      {words.map(([by, word]) => (
        <option key={by} value={by}>
          {word}
        </option>
      ))}
    </select>
  );
}

function ColumnsMenu(props: { model: HistoryModel }): ReactElement {
  const { model } = props;
  const { hidden } = model.view;
  return (
    <Popover className="trn-icon-button" label={<ColumnsIcon />} title={trans.__('Columns')} side="end">
      {() => (
        <div className="trn-popover-list" role="group" aria-label={trans.__('Columns')}>
          {columns()
            .filter(({ name }) => name !== 'number')
            .map(({ name, word }) => (
              <label key={name} className="trn-menu-item">
                <input
                  type="checkbox"
                  checked={!hidden.includes(name)}
                  onChange={event => model.setView({ hidden: event.currentTarget.checked ? hidden.filter(other => other !== name) : [...hidden, name] })}
                />
                {word}
              </label>
            ))}
        </div>
      )}
    </Popover>
  );
}
