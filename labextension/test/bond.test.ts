import { expect, it, vi } from 'vitest';

import { Bond } from '../src/widgets/bond';
import { EMPTY, type ViewState } from '../src/widgets/viewState';

class Kept extends Bond {
  constructor(public state: ViewState) {
    super();
  }

  get isLive(): boolean {
    return false;
  }

  readonly set = vi.fn((change: Partial<ViewState>) => {
    this.state = { ...this.state, ...change };
  });

  ask(): void {
    throw new Error('there is no kernel');
  }
}

it.each(['run', 'form', 'history'] as const)('a %s keeps what is known of the run that it shows', kind => {
  const bond = new Kept({ ...EMPTY, kind, run: 'r1' });
  bond.keepRun('{"number":1}');
  bond.keepRun('{"number":1}');
  expect(bond.set).toHaveBeenCalledTimes(1);
  expect([bond.runSnapshot, bond.state.snapshot]).toEqual(['{"number":1}', '{"number":1}']);
  bond.showRun('r2');
  expect([bond.state.run, bond.runSnapshot]).toEqual(['r2', '']);
});

it('a run that is shown below a batch leaves what is known of the batch', () => {
  const batch = '{"title":"b","rows":2}';
  const bond = new Kept({ ...EMPTY, kind: 'batch', query: 'b1', snapshot: batch });
  bond.showRun('r1');
  bond.keepRun('{"number":1}');
  expect([bond.state.run, bond.state.snapshot, bond.runSnapshot]).toEqual(['r1', batch, '']);
});
