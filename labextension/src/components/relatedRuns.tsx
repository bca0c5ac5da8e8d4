/** What had a run made, the runs that it waits for, and those that wait for it. */

import type { ReactElement } from 'react';

import type { RelatedRuns, Run } from '../api/types';
import { shortName, statusText } from '../format';
import { trans } from '../translation';
import { LinkButton } from './basics';
import { Mark } from './icons';

const SHOWN = 10;

export interface RelatedActions {
  openRun(id: string): void;
  openBatch: ((id: string) => void) | null;
  openSchedule: ((id: string) => void) | null;
}

export function RelatedLine(props: { related: RelatedRuns | null; actions: RelatedActions }): ReactElement | null {
  const { related, actions } = props;
  if (related === null || !(related.batch || related.schedule || related.awaits.length || related.followers.length)) {
    return null;
  }
  const { batch, schedule } = related;
  return (
    <div className="trn-related">
      {batch && <Made by={trans.__('Data row %1 of', batch.row)} name={batch.title || trans.__('batch #%1', batch.number)} open={actions.openBatch && (() => actions.openBatch?.(batch.id))} />}
      {schedule && <Made by={trans.__('By the schedule')} name={schedule.name || trans.__('without a name')} open={actions.openSchedule && (() => actions.openSchedule?.(schedule.id))} />}
      <Runs title={trans.__('After')} runs={related.awaits} more={false} openRun={actions.openRun} />
      <Runs title={trans.__('Followed by')} runs={related.followers} more={related.more} openRun={actions.openRun} />
    </div>
  );
}

function Made(props: { by: string; name: string; open: (() => void) | null }): ReactElement {
  return (
    <p>
      <span className="trn-quiet">{props.by}</span>
      {props.open ? <LinkButton onClick={props.open}>{props.name}</LinkButton> : props.name}
    </p>
  );
}

function Runs(props: { title: string; runs: readonly Run[]; more: boolean; openRun: (id: string) => void }): ReactElement | null {
  const { runs } = props;
  if (runs.length === 0) {
    return null;
  }
  const left = runs.length - SHOWN;
  return (
    <p>
      <span className="trn-quiet">{props.title}</span>
      {runs.slice(0, SHOWN).map(run => (
        <span key={run.id} className="trn-related-run">
          <Mark status={run.status} reused={Boolean(run.reused)} />
          <LinkButton title={statusText(run)} onClick={() => props.openRun(run.id)}>
            {`#${run.number} ${shortName(run.tool)}`}
          </LinkButton>
        </span>
      ))}
      {left > 0 && <span className="trn-quiet">{props.more ? trans.__('and more than %1 others', left) : trans.__('and %1 more', left)}</span>}
    </p>
  );
}
