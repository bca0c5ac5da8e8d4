/** The runs that one waits for, and those that wait for it. */

import type { ReactElement } from 'react';

import type { RelatedRuns, Run } from '../api/types';
import { shortName, statusText } from '../format';
import { trans } from '../translation';
import { LinkButton } from './basics';
import { Mark } from './icons';

const SHOWN = 10;

export function RelatedLine(props: { related: RelatedRuns | null; openRun: (id: string) => void }): ReactElement | null {
  const { related } = props;
  if (related === null || (related.awaits.length === 0 && related.followers.length === 0)) {
    return null;
  }
  return (
    <div className="trn-related">
      <Runs title={trans.__('After')} runs={related.awaits} more={false} openRun={props.openRun} />
      <Runs title={trans.__('Followed by')} runs={related.followers} more={related.more} openRun={props.openRun} />
    </div>
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
          <Mark status={run.status} />
          <LinkButton title={statusText(run)} onClick={() => props.openRun(run.id)}>
            {`#${run.number} ${shortName(run.tool)}`}
          </LinkButton>
        </span>
      ))}
      {left > 0 && <span className="trn-quiet">{props.more ? trans.__('and more than %1 others', left) : trans.__('and %1 more', left)}</span>}
    </p>
  );
}
