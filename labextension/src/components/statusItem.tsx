/** The status bar: what runs and waits, and whether events come. */

import type { ReactElement } from 'react';

import type { EventsConnection } from '../models/events';
import { useModel } from '../models/model';
import type { ActivityModel } from '../models/runs';
import { trans } from '../translation';
import { Mark } from './icons';

export function ActivityItem(props: { activity: ActivityModel; open: () => void }): ReactElement | null {
  useModel(props.activity);
  const { running, queued } = props.activity.activity;
  if (running + queued === 0) {
    return null;
  }
  return (
    <button type="button" className="trn-status-item" title={trans.__('Show the history')} onClick={props.open}>
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

export function ConnectionItem(props: { events: EventsConnection }): ReactElement {
  const { events } = props;
  useModel(events);
  const words = {
    connecting: trans.__('Connecting'),
    live: trans.__('Events live'),
    reconnecting: trans.__('Reconnecting')
  };
  return (
    <span className="trn-status-item" role="status" data-state={events.state}>
      <span className="trn-live-dot" aria-hidden="true" />
      {words[events.state]}
    </span>
  );
}
