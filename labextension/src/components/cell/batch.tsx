/** A batch in a notebook. */

import { useEffect, useState, type ReactElement } from 'react';

import type { Batch } from '../../api/types';
import { isObject } from '../../logic/json';
import { visible } from '../../logic/visible';
import { BatchesModel } from '../../models/batches';
import { useModel } from '../../models/model';
import { CommandIDs } from '../../tokens';
import { trans } from '../../translation';
import { Notice } from '../basics';
import { Batches } from '../batches';
import { countsText, runsText } from '../batchWords';
import { useReach } from './reach';
import { CellRunView } from './run';
import { Aside, placeText } from './snapshot';
import type { CellProps } from './view';

export function CellBatchView(props: CellProps): ReactElement {
  const { bond, surroundings } = props;
  const { runner } = surroundings;
  const reach = useReach(bond, surroundings);
  const id = bond.state.query;
  const [model, setModel] = useState<BatchesModel | null>(null);
  useEffect(() => {
    if (reach !== 'here') {
      return;
    }
    const made = new BatchesModel(runner.client, runner.events);
    made.open(id);
    setModel(made);
    return () => made.dispose();
  }, [id, runner, reach]);
  if (reach !== 'here') {
    return (
      <>
        <Aside>{trans.__('This batch is of another place (%1) than this page. What was known of it last is kept here.', placeText(bond.state.place))}</Aside>
        <Kept text={bond.state.snapshot} />
      </>
    );
  }
  return model ? <Loaded {...props} model={model} /> : <></>;
}

function Loaded(props: CellProps & { model: BatchesModel }): ReactElement {
  const { bond, surroundings, model } = props;
  const { tools, hasPages } = surroundings;
  useModel(model);
  const snapshot = model.batch ? JSON.stringify(model.batch) : '';
  useEffect(() => {
    // A kernel knows by itself how far it is.
    if (!bond.isLive && snapshot !== '' && model.batch?.id === bond.state.query && snapshot !== bond.state.snapshot) {
      bond.set({ snapshot });
    }
  }, [bond, model, snapshot]);
  return (
    <>
      <div className="trn-cell-page">
        <Batches model={model} tools={tools} openRun={hasPages ? id => surroundings.openRun(id) : run => bond.set({ run })} showTools={() => surroundings.execute(CommandIDs.openPanel, {})} />
      </div>
      {bond.state.run !== '' && <CellRunView {...props} />}
    </>
  );
}

/** Null where nothing is known, or somebody else wrote it. */
export function readBatch(text: string): Batch | null {
  try {
    const batch: unknown = JSON.parse(text);
    const isBatch = isObject(batch) && typeof batch.number === 'number' && typeof batch.tool === 'string' && typeof batch.title === 'string' && typeof batch.rows === 'number' && isObject(batch.by_status) && Object.values(batch.by_status).every(runs => typeof runs === 'number');
    return isBatch ? (batch as unknown as Batch) : null;
  } catch {
    return null;
  }
}

function Kept(props: { text: string }): ReactElement {
  const batch = readBatch(props.text);
  if (!batch) {
    return <Notice>{trans.__('Nothing of the batch was kept here.')}</Notice>;
  }
  return (
    <div className="trn-snapshot">
      <p className="trn-state">
        <strong>
          {batch.tool} #{batch.number}
        </strong>
        <span>{visible(batch.title)}</span>
        <span className="trn-state-part">{runsText(batch.rows)}</span>
      </p>
      <p>{countsText(batch)}</p>
    </div>
  );
}
