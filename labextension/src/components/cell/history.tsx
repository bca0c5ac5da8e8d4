/** The history in a notebook. */

import { useEffect, useState, type ReactElement } from 'react';

import { copy } from '../../copying';
import { historyLink, permalinkOf } from '../../links';
import { HistoryModel } from '../../models/history';
import { useModel } from '../../models/model';
import { CommandIDs } from '../../tokens';
import { trans } from '../../translation';
import { History } from '../history/page';
import { useReach } from './reach';
import { CellRunView } from './run';
import { Aside, placeText } from './snapshot';
import type { CellProps } from './view';

export function CellHistoryView(props: CellProps): ReactElement {
  const { bond, surroundings } = props;
  const { runner } = surroundings;
  const reach = useReach(bond, surroundings);
  const [model, setModel] = useState<HistoryModel | null>(null);
  useEffect(() => {
    if (reach !== 'here') {
      return;
    }
    const made = new HistoryModel(runner.client, runner.events, bond.state.query);
    setModel(made);
    return () => made.dispose();
  }, [bond, runner, reach]);
  if (reach !== 'here') {
    return <Aside>{trans.__('This history is of another place (%1) than this page, which cannot show it.', placeText(bond.state.place))}</Aside>;
  }
  return model ? <Loaded {...props} model={model} /> : <></>;
}

function Loaded(props: CellProps & { model: HistoryModel }): ReactElement {
  const { bond, surroundings, model } = props;
  const { runner, tools, views } = surroundings;
  useModel(model);
  const { query } = model;
  const selected = [...model.selected.keys()].join(' ');
  useEffect(() => {
    const ids = selected.split(' ').filter(Boolean);
    if (query !== bond.state.query || ids.join() !== bond.state.selected.join()) {
      bond.set({ query, selected: ids });
    }
  }, [bond, query, selected]);
  useEffect(() => {
    let known = bond.state.query;
    const follow = (): void => {
      // The kernel asks for another view.
      if (bond.state.query !== known) {
        known = bond.state.query;
        if (known !== model.query) {
          model.load(known);
        }
      }
    };
    bond.changed.connect(follow);
    return () => void bond.changed.disconnect(follow);
  }, [bond, model]);
  const open = (run: string): void => (surroundings.hasPages ? surroundings.openRun(run) : bond.set({ run, snapshot: '' }));
  return (
    <>
      <div className="trn-cell-page">
        <History
          model={model}
          views={views}
          tools={tools}
          events={runner.events}
          openRun={open}
          copyLink={() => copy(historyLink(query), trans.__('Copied.'))}
          copyLinks={() => copy([...model.selected.values()].map(run => permalinkOf(run)).join('\n'), trans.__('Copied.'))}
          openRetention={surroundings.hasPages ? () => surroundings.execute(CommandIDs.openRetention, {}) : null}
        />
      </div>
      {bond.state.run !== '' && <CellRunView {...props} />}
    </>
  );
}
