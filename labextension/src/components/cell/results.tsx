/** Results of a run, or of the newest runs of a tool, in a notebook. */

import { useEffect, useState, type ReactElement } from 'react';

import type { Run } from '../../api/types';
import { copy, download } from '../../copying';
import { formatAgo } from '../../format';
import { useModel } from '../../models/model';
import { RunModel } from '../../models/run';
import { RunsModel } from '../../models/runs';
import { CommandIDs } from '../../tokens';
import { trans } from '../../translation';
import { FailureNotice, Loading, Notice, useNow } from '../basics';
import { ResultsTab } from '../resultsTab';
import { useReach } from './reach';
import { Aside, placeText, Snapshot } from './snapshot';
import type { CellProps } from './view';

/** Runs whose results are offered. */
const MOST = 30;

export function CellResultsView(props: CellProps): ReactElement {
  const { bond, surroundings } = props;
  const reach = useReach(bond, surroundings);
  const { tool, place, snapshot } = bond.state;
  if (reach !== 'here') {
    return (
      <>
        <Aside>{trans.__('These results are of another place (%1) than this page. What was known of them last is kept here.', placeText(place))}</Aside>
        <Snapshot text={snapshot} />
      </>
    );
  }
  return tool === '' ? <OfRun {...props} id={bond.state.run} /> : <OfTool {...props} />;
}

function OfTool(props: CellProps): ReactElement {
  const { bond, surroundings } = props;
  const { runner } = surroundings;
  const { tool, run } = bond.state;
  const now = useNow(30_000);
  const [model, setModel] = useState<RunsModel | null>(null);
  useEffect(() => {
    const made = new RunsModel(runner.client, runner.events, { tool, status: 'succeeded' }, MOST);
    setModel(made);
    void made.refresh();
    return () => made.dispose();
  }, [runner, tool]);
  return model ? <Chosen {...props} model={model} chosen={run} now={now} /> : <></>;
}

function Chosen(props: CellProps & { model: RunsModel; chosen: string; now: number }): ReactElement {
  const { bond, model, chosen, now } = props;
  useModel(model);
  const { runs, loaded, failure } = model;
  if (failure) {
    return <FailureNotice failure={failure} onRetry={() => void model.refresh()} />;
  }
  if (!loaded) {
    return <Loading>{trans.__('Loading the runs')}</Loading>;
  }
  const shown = chosen === '' ? runs[0]?.id : chosen;
  if (shown === undefined) {
    return <Notice>{trans.__('This tool has not run yet. Its results appear here.')}</Notice>;
  }
  return (
    <>
      <label className="trn-cell-choice">
        <span>{trans.__('Results of')}</span>
        <select
          className="trn-select"
          value={chosen}
          onChange={event => bond.set({ run: event.currentTarget.value, selected: [] })}
        >
          <option value="">{trans.__('the newest run')}</option>
          {chosen !== '' && !runs.some(run => run.id === chosen) && <option value={chosen}>{trans.__('an earlier run')}</option>}
          {runs.map(run => (
            <option key={run.id} value={run.id}>
              {`#${run.number}, ${formatAgo(run.created_at, now)}`}
            </option>
          ))}
        </select>
      </label>
      <OfRun {...props} id={shown} />
    </>
  );
}

function OfRun(props: CellProps & { id: string }): ReactElement {
  const { id, surroundings } = props;
  const { runner } = surroundings;
  const [model, setModel] = useState<RunModel | null>(null);
  useEffect(() => {
    const made = new RunModel(id, runner.client, runner.events);
    setModel(made);
    return () => made.dispose();
  }, [id, runner]);
  return model && model.id === id ? <Loaded {...props} model={model} /> : <></>;
}

function Loaded(props: CellProps & { model: RunModel }): ReactElement {
  const { bond, model } = props;
  useModel(model);
  const { run, failure } = model;
  const selected = model.selected?.id ?? '';
  useEffect(() => {
    const [wanted] = bond.state.selected;
    const artifact = run?.artifacts.find(one => one.id === wanted);
    if (artifact) {
      model.select(artifact);
    }
    // What the notebook or the kernel had chosen, once the run is known.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [bond, model, run !== null]);
  useEffect(() => {
    if (selected !== '' && bond.state.selected[0] !== selected) {
      bond.set({ selected: [selected] });
    }
  }, [bond, selected]);
  if (run) {
    return <Shown {...props} run={run} />;
  }
  if (failure?.missing) {
    return bond.state.snapshot === '' ? (
      <Notice>{trans.__('There is no such run. It may have been removed, or the link is of another server.')}</Notice>
    ) : (
      <Snapshot text={bond.state.snapshot} />
    );
  }
  return failure ? <FailureNotice failure={failure} onRetry={() => void model.refresh()} /> : <Loading>{trans.__('Loading the run')}</Loading>;
}

function Shown(props: CellProps & { model: RunModel; run: Run }): ReactElement {
  const { surroundings, model, run } = props;
  const { client, previews } = surroundings.runner;
  return (
    <div className="trn-cell-page trn-page">
      <ResultsTab
        model={model}
        run={run}
        client={client}
        previews={previews}
        rendermime={surroundings.rendermime}
        download={artifact => download(client.artifactUrl(artifact.id, true))}
        copy={copy}
        openArtifact={surroundings.hasPages ? (artifact, of) => surroundings.execute(CommandIDs.openArtifact, { id: artifact.id, run: of.id }) : null}
      />
    </div>
  );
}
