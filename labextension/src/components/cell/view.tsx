/** A view in the output of a cell. */

import type { ReactElement } from 'react';

import { useModel } from '../../models/model';
import type { Bond } from '../../widgets/bond';
import type { Surroundings } from '../../widgets/surroundings';
import { Boundary } from '../boundary';
import { SettingsContext } from '../settings';
import { CellFormView } from './form';
import { CellRunView } from './run';

export interface CellProps {
  bond: Bond;
  surroundings: Surroundings;
}

export function CellView(props: CellProps): ReactElement {
  const { bond, surroundings } = props;
  useModel(bond);
  const { kind } = bond.state;
  return (
    <SettingsContext.Provider value={surroundings.runner.settings}>
      <Boundary page>
        {kind === 'form' && <CellFormView {...props} />}
        {kind === 'run' && <CellRunView {...props} />}
      </Boundary>
    </SettingsContext.Provider>
  );
}
