import { describe, expect, it } from 'vitest';

import { countFilters, EMPTY_VIEW, filterQuery, readView, writeView } from '../src/logic/historyView';

describe('a view of the history', () => {
  it('comes back from its address with the chains that it is about', () => {
    const view = { ...EMPTY_VIEW, chains: ['01A', '01B'], group: 'chain' as const };
    expect(writeView(view)).toBe('chain=01A%2C01B&group=chain');
    expect(readView(writeView(view))).toEqual(view);
    expect(filterQuery(view)).toEqual({ chain: '01A,01B' });
    expect(countFilters(view)).toBe(1);
  });

  it('is not grouped where the address names no known way', () => {
    expect(readView('group=colour').group).toBe('');
  });
});
