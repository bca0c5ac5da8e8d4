/** A view in the output of a cell. */

import type { ComponentType, ReactElement } from 'react';

import { useModel } from '../../models/model';
import type { Bond } from '../../widgets/bond';
import type { Surroundings } from '../../widgets/surroundings';
import type { ViewKind } from '../../widgets/viewState';
import { Banner } from '../banner';
import { Boundary, later } from '../boundary';
import { SettingsContext } from '../settings';
import { CellFormView } from './form';

export interface CellProps {
  bond: Bond;
  surroundings: Surroundings;
}

const VIEWS: Record<ViewKind, ComponentType<CellProps>> = {
  form: CellFormView,
  tools: later(async () => (await import('./tools')).CellToolsView),
  run: later(async () => (await import('./run')).CellRunView),
  history: later(async () => (await import('./history')).CellHistoryView),
  results: later(async () => (await import('./results')).CellResultsView),
  queue: later(async () => (await import('./queue')).CellQueueView),
  batch: later(async () => (await import('./batch')).CellBatchView),
  workers: later(async () => (await import('./workers')).CellWorkersView)
};

export function CellView(props: CellProps): ReactElement {
  const { bond, surroundings } = props;
  const { settings, health } = surroundings.runner;
  useModel(bond);
  const Shown = VIEWS[bond.state.kind];
  return (
    <SettingsContext.Provider value={settings}>
      <Banner health={health} />
      <Boundary page>
        <Shown {...props} />
      </Boundary>
    </SettingsContext.Provider>
  );
}
