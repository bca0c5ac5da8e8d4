/** What was known last of a run that this page cannot ask about. */

import type { ReactElement, ReactNode } from 'react';

import type { Run } from '../../api/types';
import { formatBytes, formatDuration, formatExact, secondsOf, statusText } from '../../format';
import { isObject, showValue } from '../../logic/json';
import { visible } from '../../logic/visible';
import { trans } from '../../translation';
import { Notice } from '../basics';
import { Mark, WarningIcon } from '../icons';

/** Null where nothing is known, or somebody else wrote it. */
export function readSnapshot(text: string): Run | null {
  try {
    const run: unknown = JSON.parse(text);
    const isRun = isObject(run) && typeof run.number === 'number' && typeof run.tool === 'string' && typeof run.status === 'string';
    return isRun && Array.isArray(run.artifacts) && isObject(run.params) ? (run as unknown as Run) : null;
  } catch {
    return null;
  }
}

/** Where the kernel's tools are, in words. */
export function placeText(place: string): string {
  return place === '' ? trans.__('in the kernel itself') : place;
}

/** Said above a view that is not about the server of this page. */
export function Aside(props: { children: ReactNode }): ReactElement {
  return (
    <div className="trn-window-banner" role="status">
      <WarningIcon />
      <p>{props.children}</p>
    </div>
  );
}

export function Snapshot(props: { text: string }): ReactElement {
  const run = readSnapshot(props.text);
  if (!run) {
    return <Notice>{trans.__('Nothing of the run was kept here.')}</Notice>;
  }
  const seconds = secondsOf(run, Date.now());
  const params = Object.entries(run.params);
  return (
    <div className="trn-snapshot">
      <p className="trn-state">
        <Mark status={run.status} reused={Boolean(run.reused)} />
        <strong aria-live="polite">{statusText(run)}</strong>
        <span>
          {run.tool} #{run.number}
        </span>
        {run.finished_at && <span className="trn-state-part">{formatExact(run.finished_at)}</span>}
        {seconds !== null && <span className="trn-state-part">{formatDuration(seconds)}</span>}
      </p>
      {run.error && (
        <p className="trn-error">
          {run.error.type}: {run.error.message}
        </p>
      )}
      {params.length > 0 && (
        <table className="trn-facts">
          <tbody>
            {params.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{visible(showValue(value).slice(0, 200))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {run.artifacts.length > 0 && (
        <ul className="trn-kept-results" aria-label={trans.__('Results')}>
          {run.artifacts.map(artifact => (
            <li key={artifact.id}>
              <bdi>{visible(artifact.name)}</bdi>{' '}
              <span className="trn-quiet">
                {artifact.media_type} · {formatBytes(artifact.size)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
