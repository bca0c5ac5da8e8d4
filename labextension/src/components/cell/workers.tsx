/** The workers in a notebook. */

import { useEffect, useState, type ReactElement } from 'react';

import { WorkersModel } from '../../models/workers';
import { trans } from '../../translation';
import { Workers } from '../workers';
import { useReach } from './reach';
import { CellRunView } from './run';
import { Aside, placeText } from './snapshot';
import type { CellProps } from './view';

export function CellWorkersView(props: CellProps): ReactElement {
  const { bond, surroundings } = props;
  const { runner, tools, hasPages } = surroundings;
  const reach = useReach(bond, surroundings);
  const [model, setModel] = useState<WorkersModel | null>(null);
  useEffect(() => {
    if (reach !== 'here') {
      return;
    }
    const made = new WorkersModel(runner.client, runner.events);
    setModel(made);
    return () => made.dispose();
  }, [runner, reach]);
  if (reach !== 'here') {
    return <Aside>{trans.__('These workers are of another place (%1) than this page, which cannot show them.', placeText(bond.state.place))}</Aside>;
  }
  return (
    <>
      <div className="trn-cell-page">{model && <Workers model={model} tools={tools} openRun={hasPages ? id => surroundings.openRun(id) : run => bond.set({ run, snapshot: '' })} />}</div>
      {bond.state.kind === 'workers' && bond.state.run !== '' && <CellRunView {...props} />}
    </>
  );
}
