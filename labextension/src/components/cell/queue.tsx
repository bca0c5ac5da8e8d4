/** The queue in a notebook. */

import { useEffect, useState, type ReactElement } from 'react';

import { useModel } from '../../models/model';
import { QueueModel } from '../../models/queue';
import { CommandIDs } from '../../tokens';
import { trans } from '../../translation';
import { Queue } from '../queue';
import { useReach } from './reach';
import { CellRunView } from './run';
import { Aside, placeText } from './snapshot';
import type { CellProps } from './view';
import { CellWorkersView } from './workers';

export function CellQueueView(props: CellProps): ReactElement {
  const { bond, surroundings } = props;
  const { runner } = surroundings;
  const reach = useReach(bond, surroundings);
  const [model, setModel] = useState<QueueModel | null>(null);
  useEffect(() => {
    if (reach !== 'here') {
      return;
    }
    const made = new QueueModel(runner.client, runner.events);
    made.setOwner(bond.state.query);
    setModel(made);
    return () => made.dispose();
  }, [bond, runner, reach]);
  if (reach !== 'here') {
    return <Aside>{trans.__('This queue is of another place (%1) than this page, which cannot show it.', placeText(bond.state.place))}</Aside>;
  }
  return model ? <Loaded {...props} model={model} /> : <></>;
}

function Loaded(props: CellProps & { model: QueueModel }): ReactElement {
  const { bond, surroundings, model } = props;
  const { tools, hasPages } = surroundings;
  const [hasWorkers, setHasWorkers] = useState(false);
  useModel(model);
  const { owner } = model;
  const selected = [...model.selected].join(' ');
  useEffect(() => {
    const ids = selected.split(' ').filter(Boolean);
    if (owner !== bond.state.query || ids.join() !== bond.state.selected.join()) {
      bond.set({ query: owner, selected: ids });
    }
  }, [bond, owner, selected]);
  const openHere = (run: string): void => bond.set({ run, snapshot: '' });
  return (
    <>
      <div className="trn-cell-page">
        <Queue
          model={model}
          tools={tools}
          openRun={hasPages ? id => surroundings.openRun(id) : openHere}
          editRun={hasPages ? id => surroundings.execute(CommandIDs.changeRun, { id }) : openHere}
          openWorkers={hasPages ? () => surroundings.execute(CommandIDs.openWorkers, {}) : () => setHasWorkers(!hasWorkers)}
        />
      </div>
      {hasWorkers && <CellWorkersView {...props} />}
      {bond.state.run !== '' && <CellRunView {...props} />}
    </>
  );
}
