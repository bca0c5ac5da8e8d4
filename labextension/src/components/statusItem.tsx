/** The status bar: what runs and waits, and whether all is well. */

import type { ReactElement } from 'react';

import type { EventsConnection } from '../models/events';
import type { HealthModel } from '../models/health';
import { useModel } from '../models/model';
import type { ActivityModel } from '../models/runs';
import { formatSince } from '../format';
import { serverText } from '../serverText';
import { trans } from '../translation';
import { Mark, WarningIcon } from './icons';

export function ActivityItem(props: { activity: ActivityModel; open: () => void }): ReactElement | null {
  useModel(props.activity);
  const { running, queued } = props.activity.activity;
  if (running + queued === 0) {
    return null;
  }
  return (
    <button type="button" className="trn-status-item" title={trans.__('Show the queue')} onClick={props.open}>
      <Mark status={running > 0 ? 'running' : 'queued'} />
      <span>{activityText(running, queued)}</span>
    </button>
  );
}

function activityText(running: number, queued: number): string {
  if (queued === 0) {
    return trans._n('%1 running', '%1 running', running);
  }
  if (running === 0) {
    return trans._n('%1 queued', '%1 queued', queued);
  }
  return trans.__('%1, %2', trans._n('%1 running', '%1 running', running), trans._n('%1 queued', '%1 queued', queued));
}

/** Said while it is not well, and in one word while it is. */
export function ConnectionItem(props: { events: EventsConnection; health: HealthModel }): ReactElement {
  const { events, health } = props;
  useModel(events);
  useModel(health);
  const words = {
    connecting: trans.__('Connecting'),
    live: trans.__('Events live'),
    reconnecting: trans.__('Reconnecting')
  };
  const { problems, otherVersion } = health;
  const ill = events.state === 'live' && (problems.length > 0 || otherVersion !== null);
  if (ill) {
    const said = problems.map((problem, number) => ({ text: serverText(problem), since: health.since[number] }));
    const text = otherVersion === null ? said.map(each => each.text).join(' ') : trans.__('Page and server are of different versions');
    const whole = otherVersion === null ? said.map(({ text, since }) => (since ? `${text} ${trans.__('(since %1)', formatSince(since))}` : text)).join('\n') : text;
    return (
      <span className="trn-status-item" role="status" title={whole}>
        <WarningIcon />
        <span className="trn-cut trn-status-words">{text}</span>
      </span>
    );
  }
  return (
    <span className="trn-status-item" role="status" data-state={events.state}>
      <span className="trn-live-dot" aria-hidden="true" />
      {words[events.state]}
    </span>
  );
}
