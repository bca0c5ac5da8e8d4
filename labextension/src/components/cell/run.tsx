/** A run in a notebook. */

import { useEffect, useMemo, useState, type ReactElement } from 'react';

import { copy, copyRunAs, download } from '../../copying';
import { contentsPath } from '../../files';
import { permalinkOf } from '../../links';
import { stringifyExact } from '../../logic/exact';
import { withoutSecrets } from '../../logic/formLink';
import { isFinal } from '../../logic/merge';
import { formSchema } from '../../logic/schema';
import { useModel } from '../../models/model';
import { RunModel } from '../../models/run';
import { CommandIDs } from '../../tokens';
import { trans } from '../../translation';
import type { Surroundings } from '../../widgets/surroundings';
import { RunPage, type RunActions } from '../runPage';
import { useReach } from './reach';
import { Aside, placeText, Snapshot } from './snapshot';
import type { CellProps } from './view';

export function CellRunView(props: CellProps): ReactElement {
  const { bond, surroundings } = props;
  const reach = useReach(bond, surroundings);
  if (reach === 'here') {
    return <Asked {...props} />;
  }
  const { place } = bond.state;
  return (
    <>
      <Aside>
        {bond.isLive
          ? trans.__('This run is of another place (%1) than this page; its state is told by the kernel.', placeText(place))
          : trans.__('This run was made in another place (%1) than this page. What was known of it last is kept here.', placeText(place))}
      </Aside>
      <Snapshot text={bond.state.snapshot} />
    </>
  );
}

/** A run that the server of this page has. */
function Asked(props: CellProps): ReactElement {
  const { bond, surroundings } = props;
  const { runner } = surroundings;
  const id = bond.state.run;
  const [model, setModel] = useState<RunModel | null>(null);
  useEffect(() => {
    const made = new RunModel(id, runner.client, runner.events);
    setModel(made);
    return () => made.dispose();
  }, [id, runner]);
  return model && model.id === id ? <Loaded {...props} model={model} /> : <></>;
}

function Loaded(props: CellProps & { model: RunModel }): ReactElement {
  const { bond, surroundings, model } = props;
  const { runner, tools } = surroundings;
  useModel(model);
  useModel(tools);
  const actions = useMemo(() => actionsOf(surroundings, next => bond.showRun(next)), [surroundings, bond]);
  const { run } = model;
  const tool = run && tools.find(run.tool);
  useEffect(() => {
    // With a kernel that keeps it; else what is seen here is kept, so that it is seen where there is no server.
    if (!bond.isLive && run && tool && isFinal(run.status)) {
      const { properties } = formSchema(tool.params_schema, run.params);
      bond.keepRun(stringifyExact({ ...run, attempts: null, params: withoutSecrets(properties, run.params) }));
    }
  }, [bond, run, tool]);
  if (!run && model.failure?.missing && bond.runSnapshot !== '') {
    return (
      <>
        <Aside>{trans.__('The server does not have this run any more. What was known of it last is kept here.')}</Aside>
        <Snapshot text={bond.runSnapshot} />
      </>
    );
  }
  return (
    <div className="trn-cell-page">
      <RunPage model={model} tools={tools} client={runner.client} previews={runner.previews} rendermime={surroundings.rendermime} actions={actions} />
    </div>
  );
}

/** Where Lab's own pages are, they are opened; else the view itself goes on to what is asked for. */
function actionsOf(surroundings: Surroundings, show: (id: string) => void): RunActions {
  const { client, events } = surroundings.runner;
  const { hasPages } = surroundings;
  return {
    started: run => {
      events.tell(run);
      show(run.id);
    },
    schedule: hasPages ? run => surroundings.execute(CommandIDs.schedule, { id: run.id }) : null,
    editAndRunAgain: hasPages ? run => surroundings.execute(CommandIDs.editRun, { id: run.id }) : null,
    changeValues: hasPages ? run => surroundings.execute(CommandIDs.changeRun, { id: run.id }) : null,
    openTool: hasPages ? tool => surroundings.execute(CommandIDs.openTool, { tool }) : null,
    openBatch: hasPages ? id => surroundings.execute(CommandIDs.openBatches, { id }) : null,
    openSchedule: hasPages ? id => surroundings.execute(CommandIDs.openSchedules, { id }) : null,
    openChain: hasPages ? chain => surroundings.execute(CommandIDs.openHistory, { view: `chain=${chain}` }) : null,
    openRun: id => (hasPages ? surroundings.openRun(id) : show(id)),
    openFile: path => surroundings.execute('docmanager:open', { path: contentsPath(path) }),
    canOpenFile: path => hasPages && contentsPath(path) !== null,
    openArtifact: hasPages ? (artifact, run) => surroundings.execute(CommandIDs.openArtifact, { id: artifact.id, run: run.id }) : null,
    download,
    copy,
    copyAs: (run, form) => void copyRunAs(run.id, form, client),
    link: permalinkOf
  };
}
