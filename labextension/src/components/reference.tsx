/** A value that is what another run leaves. */

import type { ReactElement } from 'react';

import type { RunReference } from '../logic/reference';
import { trans } from '../translation';

/** In words; the number of the run is known to whoever has seen it. */
export function referenceText(reference: RunReference, number?: number): string {
  const run = number === undefined ? trans.__('another run') : `#${number}`;
  if ('output' in reference) {
    return trans.__('%1 of %2', reference.output, run);
  }
  return reference.result === '' ? trans.__('the result of %1', run) : trans.__('%1 in the result of %2', reference.result, run);
}

export function ReferenceValue(props: { reference: RunReference }): ReactElement {
  return <span title={props.reference.run}>{referenceText(props.reference)}</span>;
}
