/** A tool's form in a notebook, and below it the run that was made with it. */

import { useEffect, useMemo, useState, type ReactElement } from 'react';

import type { Priority } from '../../api/types';
import { formActionsOf } from '../../copying';
import { CellForm } from '../../models/cellForm';
import type { FormModel } from '../../models/form';
import { useModel } from '../../models/model';
import { trans } from '../../translation';
import { FailureNotice, Loading, useSize } from '../basics';
import { FormPane } from '../formPane';
import { useReach } from './reach';
import { later } from '../boundary';
import { Aside, placeText } from './snapshot';
import type { CellProps } from './view';

const NARROW = 420;

const CellRunView = later(async () => (await import('./run')).CellRunView);

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
  const { bond, model } = props;
  useModel(model);
  const { form } = model;
  return (
    <>
      {!form && model.failure && <FailureNotice failure={model.failure} onRetry={() => void model.refresh()} />}
      {!form && !model.failure && <Loading>{trans.__('Loading the form')}</Loading>}
      {form && <Form {...props} form={form} />}
      {bond.state.run !== '' && <CellRunView {...props} />}
    </>
  );
}

function Form(props: CellProps & { model: CellForm; form: FormModel }): ReactElement {
  const { bond, surroundings, model, form } = props;
  const { runner } = surroundings;
  const [node, setNode] = useState<HTMLElement | null>(null);
  const { width } = useSize(node);
  const reach = useReach(bond, surroundings);
  const byKernel = bond.isLive && reach !== 'here';
  const actions = useMemo(() => formActionsOf(runner.client, id => surroundings.openRun(id)), [runner, surroundings]);
  const services = useMemo(() => ({ ...surroundings.services, takesFiles: reach === 'here' }), [surroundings, reach]);
  useEffect(() => {
    if (!byKernel) {
      void form.prepare();
    }
  }, [form, byKernel]);
  const narrow = width > 0 && width < NARROW;
  const submit = async (priority: Priority, reuse: boolean | null): Promise<void> => {
    if (byKernel) {
      await model.submitByKernel(priority);
    } else {
      await model.submit(priority, (await surroundings.instance().catch(() => null)) ?? bond.state.instance, reuse);
    }
  };
  return (
    <div className="trn-panel" ref={setNode} data-narrow={narrow || undefined}>
      {byKernel && (
        <Aside>
          {trans.__('The kernel works with tools of another place (%1) than this page. Run asks the kernel; what becomes of the run is told by it.', placeText(bond.state.place))}
        </Aside>
      )}
      <FormPane form={form} services={services} actions={actions} narrow={narrow} broken={form.tool.error ?? null} submit={submit} offersPast={!byKernel} />
    </div>
  );
}
