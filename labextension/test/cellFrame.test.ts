import { describe, expect, it } from 'vitest';

import { cellOf } from '../src/logic/cellFrame';

describe('the place of a frame in a notebook', () => {
  it('is the number of the cell and the line in it', () => {
    expect(cellOf({ function: 'In [12], line 3' })).toEqual({ cell: 12, line: 3 });
  });

  it('is none for frames of files', () => {
    for (const name of ['main', '<module>', 'In [x], line 3', 'In [1], line 2 of']) {
      expect(cellOf({ function: name })).toBeNull();
    }
  });
});
