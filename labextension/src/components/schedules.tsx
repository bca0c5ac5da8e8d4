/** Schedules: when which tool is run by itself, and what became of that. */

import { useState, type ReactElement } from 'react';

import type { Firing, Schedule } from '../api/types';
import { formatNumber, shortName, statusText } from '../format';
import { useModel } from '../models/model';
import { MOST_SHOWN, titleOf, type ScheduleReport, type SchedulesModel } from '../models/schedules';
import type { ToolsModel } from '../models/tools';
import { serverText } from '../serverText';
import { trans } from '../translation';
import { Ago, Button, FailureNotice, IconButton, LinkButton, Loading, Notice, useNow, useSize } from './basics';
import type { FormServices } from './form/context';
import { CaretIcon, CloseIcon, EditIcon, Mark, PauseIcon, PlayIcon, SearchIcon, TrashIcon, WarningIcon } from './icons';
import { ScheduleDialog, Values } from './scheduleDialog';
import { dueText, inText, missedText, momentText, outcomeText, ruleText, stateText, zoneText } from './scheduleWords';

export interface SchedulesProps {
  model: SchedulesModel;
  tools: ToolsModel;
  openRun: (id: string) => void;
  openTool: (name: string) => void;
  showTools: () => void;
  services: Omit<FormServices, 'formKey'>;
}

const NARROW = 720;

export function Schedules(props: SchedulesProps): ReactElement {
  const { model, tools } = props;
  useModel(model);
  useModel(tools);
  const now = useNow(1_000);
  const [node, setNode] = useState<HTMLDivElement | null>(null);
  const { width } = useSize(node);
  const narrow = width > 0 && width < NARROW;
  const none = model.loaded && model.items.length === 0;
  return (
    <div className="trn-page trn-schedules" ref={setNode}>
      <div className="trn-head">
        <div className="trn-head-row">
          <h1>{trans.__('Schedules')}</h1>
          {model.loaded && (
            <span className="trn-quiet" role="status">
              {trans._n('%2 schedule', '%2 schedules', model.total, formatNumber(model.total))}
            </span>
          )}
        </div>
        {(model.total > 0 || model.words !== '') && (
          <div className="trn-search trn-history-search">
            <SearchIcon />
            <input type="search" aria-label={trans.__('Search the schedules')} placeholder={trans.__('Part of the name of a schedule or a tool')} value={model.words} onChange={event => model.search(event.currentTarget.value)} />
          </div>
        )}
      </div>
      {model.failure && <FailureNotice failure={model.failure} kept={model.loaded ? trans.__('What is shown was fetched before.') : ''} onRetry={() => void model.refresh()} />}
      {!model.loaded && !model.failure && <Loading>{trans.__('Loading the schedules')}</Loading>}
      {none && model.words === '' && (
        <Notice>
          {trans.__('Nothing is run by itself yet. Fill in the form of a tool, and choose “Schedule…” in the menu beside Run.')} <LinkButton onClick={props.showTools}>{trans.__('Show the tools')}</LinkButton>
        </Notice>
      )}
      {none && model.words !== '' && (
        <Notice>
          {trans.__('No schedule has “%1” in its name.', model.words)} <LinkButton onClick={() => model.search('')}>{trans.__('Show all')}</LinkButton>
        </Notice>
      )}
      {model.items.length > 0 && (
        <div className="trn-schedules-body" tabIndex={0} role="region" aria-label={trans.__('List of schedules')}>
          <table className="trn-runs">
            <thead>
              <tr>
                <th scope="col">
                  <span className="trn-sr">{trans.__('Details')}</span>
                </th>
                <th scope="col">{trans.__('Name')}</th>
                <th scope="col">{trans.__('When')}</th>
                <th scope="col">{trans.__('Next firing')}</th>
                <th scope="col">{trans.__('Last run')}</th>
                {!narrow && <th scope="col">{trans.__('Who')}</th>}
                <th scope="col">
                  <span className="trn-sr">{trans.__('Actions')}</span>
                </th>
              </tr>
            </thead>
            {model.items.map(schedule => (
              <Row key={schedule.id} {...props} schedule={schedule} now={now} narrow={narrow} />
            ))}
          </table>
          {model.total > model.items.length && <p className="trn-more trn-quiet">{trans.__('The first %1 are shown. The search finds the others.', formatNumber(MOST_SHOWN))}</p>}
        </div>
      )}
      {model.report && <Report report={model.report} onClose={() => model.closeReport()} />}
      {model.draft && <ScheduleDialog model={model} services={props.services} draft={model.draft} title={tools.find(model.draft.tool)?.title ?? shortName(model.draft.tool)} />}
    </div>
  );
}

interface RowProps extends SchedulesProps {
  schedule: Schedule;
  now: number;
  narrow: boolean;
}

function Row(props: RowProps): ReactElement {
  const { schedule, model, now, narrow } = props;
  const open = model.open === schedule.id;
  const title = titleOf(schedule);
  const [next] = schedule.next;
  const columns = narrow ? 6 : 7;
  const zone = zoneText(schedule.rule.zone);
  return (
    <tbody>
      <tr data-schedule={schedule.id} data-state={schedule.state}>
        <td>
          <button type="button" className="trn-icon-button" aria-expanded={open} aria-label={trans.__('Details of %1', title)} onClick={() => model.toggle(schedule.id)}>
            <CaretIcon open={open} />
          </button>
        </td>
        <td>
          <LinkButton title={schedule.tool} onClick={() => model.toggle(schedule.id)}>
            {schedule.name || (props.tools.find(schedule.tool)?.title ?? shortName(schedule.tool))}
          </LinkButton>
          {schedule.name !== '' && <div className="trn-quiet trn-cut">{shortName(schedule.tool)}</div>}
        </td>
        <td>
          {ruleText(schedule.rule, schedule.words)}
          {zone !== '' && schedule.rule.kind !== 'interval' && schedule.rule.kind !== 'after_run' && <div className="trn-quiet">{zone}</div>}
        </td>
        <td>
          {next ? (
            <>
              <span title={momentText(next.at, schedule.rule.zone)}>{dueText(next.at, schedule.rule.zone, now)}</span>
              <div className="trn-quiet">{inText(next.at, now)}</div>
            </>
          ) : (
            <span className="trn-quiet">{schedule.state === 'active' ? trans.__('waits for its run') : stateText(schedule)}</span>
          )}
        </td>
        <td>
          <Last schedule={schedule} openRun={props.openRun} now={now} />
        </td>
        {!narrow && <td className="trn-cut">{schedule.owner}</td>}
        <td className="trn-row-actions">{schedule.mine && <Actions {...props} title={title} />}</td>
      </tr>
      {schedule.problem && (
        <tr className="trn-schedule-problem">
          <td colSpan={columns}>
            <p>
              <WarningIcon /> {trans.__('Could not be run last time: %1', serverText(schedule.problem))}
            </p>
          </td>
        </tr>
      )}
      {model.removing === schedule.id && (
        <tr>
          <td colSpan={columns}>
            <div className="trn-failure" role="alertdialog" aria-label={trans.__('Remove %1', title)}>
              <p>{trans.__('Remove the schedule “%1”? It fires no more; its runs stay in the history.', title)}</p>
              <Button autoFocus onClick={() => void model.remove(schedule)}>
                {trans.__('Remove')}
              </Button>
              <Button onClick={() => model.askToRemove(null)}>{trans.__('Keep it')}</Button>
            </div>
          </td>
        </tr>
      )}
      {open && (
        <tr>
          <td colSpan={columns}>
            <Detail {...props} />
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Actions(props: RowProps & { title: string }): ReactElement {
  const { schedule, model, title } = props;
  return (
    <>
      {schedule.state === 'active' && (
        <IconButton label={trans.__('Pause %1', title)} onClick={() => void model.pause(schedule)}>
          <PauseIcon />
        </IconButton>
      )}
      {schedule.state === 'paused' && (
        <IconButton label={trans.__('Resume %1', title)} onClick={() => void model.resume(schedule)}>
          <PlayIcon />
        </IconButton>
      )}
      <IconButton label={trans.__('Change %1', title)} onClick={() => model.edit(schedule)}>
        <EditIcon />
      </IconButton>
      <IconButton label={trans.__('Remove %1', title)} onClick={() => model.askToRemove(schedule.id)}>
        <TrashIcon />
      </IconButton>
    </>
  );
}

function Last(props: { schedule: Schedule; openRun: (id: string) => void; now: number }): ReactElement {
  const { last } = props.schedule;
  if (!last) {
    return <span className="trn-quiet">{trans.__('none yet')}</span>;
  }
  const run = last.run_shape;
  if (!run) {
    return <span className="trn-quiet">{outcomeText(last)}</span>;
  }
  return (
    <>
      <span className="trn-schedule-run">
        <Mark status={run.status} reused={Boolean(run.reused)} /> {statusText(run)} <LinkButton onClick={() => props.openRun(run.id)}>#{run.number}</LinkButton>
      </span>
      <div className="trn-quiet">
        <Ago time={run.created_at} now={props.now} />
      </div>
    </>
  );
}

/** What comes, and what was. */
function Detail(props: RowProps): ReactElement {
  const { model, schedule, now } = props;
  const { detail, firings } = model;
  const zone = schedule.rule.zone;
  if (!detail || !firings) {
    return <Loading>{trans.__('Loading the runs of this schedule')}</Loading>;
  }
  return (
    <div className="trn-schedule-detail" data-narrow={props.narrow || undefined}>
      <section aria-label={trans.__('What is run')}>
        <h2>{trans.__('What is run')}</h2>
        <p>
          <LinkButton title={trans.__('Open the form of %1', schedule.tool)} onClick={() => props.openTool(schedule.tool)}>
            {props.tools.find(schedule.tool)?.title ?? shortName(schedule.tool)}
          </LinkButton>
        </p>
        <Values params={schedule.params} open />
      </section>
      <section aria-label={trans.__('Next firings')}>
        <h2>{trans.__('Next firings')}</h2>
        {detail.next.length === 0 ? (
          <p className="trn-quiet">{schedule.state === 'active' ? trans.__('As soon as the run that it waits for has ended so.') : trans.__('None: %1', stateText(schedule))}</p>
        ) : (
          <ol>
            {detail.next.map(({ at }) => (
              <li key={at}>
                {dueText(at, zone, now)} <span className="trn-quiet">{inText(at, now)}</span>
              </li>
            ))}
          </ol>
        )}
      </section>
      <section aria-label={trans.__('Its runs')}>
        <h2>{trans.__('Its runs')}</h2>
        {firings.length === 0 && <p className="trn-quiet">{trans.__('Nothing was due yet.')}</p>}
        <ul data-list="schedule">
          {firings.map(firing => (
            <FiringLine key={firing.due} firing={firing} zone={zone} openRun={props.openRun} />
          ))}
        </ul>
      </section>
    </div>
  );
}

function FiringLine(props: { firing: Firing; zone: string; openRun: (id: string) => void }): ReactElement {
  const { firing } = props;
  const run = firing.run_shape;
  const missed = missedText(firing);
  return (
    <li {...(run ? { 'data-run': run.id } : {})}>
      <span>{momentText(firing.due, props.zone)}</span>{' '}
      {run ? (
        <span className="trn-schedule-run">
          <Mark status={run.status} reused={Boolean(run.reused)} /> {statusText(run)} <LinkButton onClick={() => props.openRun(run.id)}>#{run.number}</LinkButton>
        </span>
      ) : (
        <span>{outcomeText(firing)}</span>
      )}
      {missed !== '' && <span className="trn-quiet"> {missed}</span>}
    </li>
  );
}

function Report(props: { report: ScheduleReport; onClose: () => void }): ReactElement {
  const { report } = props;
  return (
    <div className="trn-report" role="status">
      <span>{reportText(report)}</span>
      {report.undo && <LinkButton onClick={() => void report.undo?.()}>{trans.__('Undo')}</LinkButton>}
      <IconButton label={trans.__('Close')} onClick={props.onClose}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}

function reportText({ kind, name }: ScheduleReport): string {
  switch (kind) {
    case 'paused':
      return trans.__('“%1” is paused. What falls into the pause is not made up for.', name);
    case 'resumed':
      return trans.__('“%1” goes on.', name);
    case 'removed':
      return trans.__('“%1” is removed.', name);
    case 'kept':
      return trans.__('“%1” is scheduled.', name);
  }
}
