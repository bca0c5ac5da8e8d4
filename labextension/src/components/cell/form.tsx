/** A tool's form in a notebook, and below it the run that was made with it. */

import { useEffect, useMemo, useState, type ReactElement } from 'react';

import { CellForm } from '../../models/cellForm';
import { useModel } from '../../models/model';
import { formActionsOf } from '../../copying';
import { trans } from '../../translation';
import { FailureNotice, Loading, useSize } from '../basics';
import { FormPane } from '../formPane';
import { CellRunView } from './run';
import type { CellProps } from './view';

const NARROW = 420;

export function CellFormView(props: CellProps): ReactElement {
  const { bond, surroundings } = props;
  const { runner, services } = surroundings;
  const [model, setModel] = useState<CellForm | null>(null);
  useEffect(() => {
    const made = new CellForm(bond, runner.client, runner.events, services.uploads);
    setModel(made);
    return () => made.dispose();
  }, [bond, runner, services]);
  return model ? <Known {...props} model={model} /> : <></>;
}

function Known(props: CellProps & { model: CellForm }): ReactElement {
  const { bond, surroundings, model } = props;
  useModel(model);
  const [node, setNode] = useState<HTMLElement | null>(null);
  const { width } = useSize(node);
  const { form } = model;
  const { runner, services } = surroundings;
  const actions = useMemo(() => formActionsOf(runner.client, id => surroundings.openRun(id)), [runner, surroundings]);
  useEffect(() => model.prepare(), [model, form]);
  if (!form) {
    return model.failure ? (
      <FailureNotice failure={model.failure} onRetry={() => void model.refresh()} />
    ) : (
      <Loading>{trans.__('Loading the form')}</Loading>
    );
  }
  const narrow = width > 0 && width < NARROW;
  return (
    <div className="trn-panel trn-cell-form" ref={setNode} data-narrow={narrow || undefined}>
      <FormPane
        form={form}
        services={services}
        actions={actions}
        narrow={narrow}
        broken={form.tool.error ?? null}
        submit={async priority => void (await model.submit(priority))}
      />
      {bond.state.run !== '' && <CellRunView {...props} />}
    </div>
  );
}
