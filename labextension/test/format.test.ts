import { describe, expect, it, vi } from 'vitest';

import { formatDuration } from '../src/format';

vi.stubGlobal('document', { documentElement: { getAttribute: () => 'en-US' } });

describe('a duration', () => {
  it.each([
    [0, '0 s'],
    [0.0002, '1 ms'],
    [0.023, '23 ms'],
    [0.0994, '99 ms'],
    [0.0996, '0.1 s'],
    [1.24, '1.2 s'],
    [59.4, '59 s'],
    [61, '1 min 1 s'],
    [7300, '2 h 1 min']
  ])('of %s seconds is told with as much as one can use', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
