import { describe, expect, it } from 'vitest';

import type { Run } from '../src/api/types';
import { differenceOf, isSame } from '../src/logic/runDifference';

function run(params: Run['params'], packages: Record<string, string> | null, version = 'v'): Run {
  const attempts = packages === null ? [] : [{ number: 1, environment: { python: '3.12', packages } }];
  return { params, version, attempts } as unknown as Run;
}

describe('two runs of one tool', () => {
  it('differ in values, version and packages, each told with both sides', () => {
    const found = differenceOf(run({ a: 1, b: [1] }, { numpy: '1' }), run({ a: 2, b: [1], c: null }, { numpy: '2', pandas: '3' }, 'w'));
    expect(found).toEqual({
      params: [
        { name: 'a', before: 1, after: 2 },
        { name: 'c', before: undefined, after: null }
      ],
      version: true,
      environment: [],
      packages: [
        { name: 'numpy', before: '1', after: '2' },
        { name: 'pandas', before: undefined, after: '3' }
      ]
    });
  });

  it('say of secrets only that they differ', () => {
    const found = differenceOf(run({ token: 'old', a: 1 }, null), run({ token: 'new', a: 1 }, null), new Set(['token']));
    expect(found.params).toEqual([{ name: 'token', before: undefined, after: undefined, secret: true }]);
  });

  it('are the same where nothing differs that is known', () => {
    expect(isSame(differenceOf(run({ a: 1 }, null), run({ a: 1 }, { numpy: '2' })))).toBe(true);
  });
});
