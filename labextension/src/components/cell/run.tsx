/** A run in a notebook. */

import { useEffect, useMemo, useState, type ReactElement } from 'react';

import { copy, copyRunAs, download } from '../../copying';
import { contentsPath } from '../../files';
import { permalinkOf } from '../../links';
import { RunModel } from '../../models/run';
import { CommandIDs } from '../../tokens';
import type { Surroundings } from '../../widgets/surroundings';
import { RunPage, type RunActions } from '../runPage';
import type { CellProps } from './view';

export function CellRunView(props: CellProps): ReactElement {
  const { bond, surroundings } = props;
  const { runner } = surroundings;
  const id = bond.state.run;
  const [model, setModel] = useState<RunModel | null>(null);
  useEffect(() => {
    const made = new RunModel(id, runner.client, runner.events);
    setModel(made);
    return () => made.dispose();
  }, [id, runner]);
  const actions = useMemo(() => actionsOf(surroundings, next => bond.set({ run: next })), [surroundings, bond]);
  if (!model || model.id !== id) {
    return <></>;
  }
  return (
    <div className="trn-cell-run">
      <RunPage model={model} tools={runner.tools} client={runner.client} previews={runner.previews} rendermime={surroundings.rendermime} actions={actions} />
    </div>
  );
}

function actionsOf(surroundings: Surroundings, show: (id: string) => void): RunActions {
  const { client, events } = surroundings.runner;
  return {
    started: run => {
      events.tell(run);
      show(run.id);
    },
    editAndRunAgain: run => surroundings.execute(CommandIDs.editRun, { id: run.id }),
    changeValues: run => surroundings.execute(CommandIDs.changeRun, { id: run.id }),
    openTool: tool => surroundings.execute(CommandIDs.openTool, { tool }),
    openRun: id => (surroundings.hasPages ? surroundings.openRun(id) : show(id)),
    openFile: path => surroundings.execute('docmanager:open', { path: contentsPath(path) }),
    canOpenFile: path => surroundings.hasPages && contentsPath(path) !== null,
    openArtifact: (artifact, run) => surroundings.execute(CommandIDs.openArtifact, { id: artifact.id, run: run.id }),
    download,
    copy,
    copyAs: (run, form) => void copyRunAs(run.id, form, client),
    link: permalinkOf
  };
}
