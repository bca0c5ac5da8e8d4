/** What is to be known before anything else: no connection, versions that differ, parts that do not work. */

import type { ReactElement, ReactNode } from 'react';

import { VERSION } from '../api/version';
import type { HealthModel } from '../models/health';
import { useModel } from '../models/model';
import { serverText } from '../serverText';
import { trans } from '../translation';
import { IconButton, LinkButton } from './basics';
import { CloseIcon, WarningIcon } from './icons';

export function Banner(props: { health: HealthModel }): ReactElement | null {
  const { health } = props;
  useModel(health);
  if (health.offline) {
    return <Line>{trans.__('No connection. Your values are kept; what is shown may be old.')}</Line>;
  }
  if (health.otherVersion !== null) {
    return (
      <Line>
        {trans.__('This page is of version %1, the server of %2.', VERSION, health.otherVersion)}{' '}
        <LinkButton onClick={() => window.location.reload()}>{trans.__('Reload the page')}</LinkButton>
        {'. '}
        {trans.__('If that does not help, restart the server. Your values are kept.')}
      </Line>
    );
  }
  return health.open.length > 0 ? <Line onClose={() => health.closeProblems()}>{health.open.map(serverText).join(' ')}</Line> : null;
}

function Line(props: { children: ReactNode; onClose?: () => void }): ReactElement {
  return (
    <div className="trn-window-banner" role="status">
      <WarningIcon />
      <p>{props.children}</p>
      {props.onClose && (
        <IconButton label={trans.__('Close until something else is to be said')} onClick={props.onClose}>
          <CloseIcon />
        </IconButton>
      )}
    </div>
  );
}
