import { describe, expect, it } from 'vitest';

import { Heights, PAGE } from '../src/logic/heights';

describe('rows of different heights', () => {
  it('are of one height until they are measured', () => {
    const heights = new Heights(10);
    expect([heights.topOf(0), heights.topOf(3), heights.topOf(2 * PAGE + 1)]).toEqual([0, 30, (2 * PAGE + 1) * 10]);
  });

  it('move what is below them when they are measured, and nothing above', () => {
    const heights = new Heights(10);
    heights.topOf(5 * PAGE);
    heights.set(1, Array.from({ length: PAGE }, () => 20));
    expect(heights.topOf(PAGE)).toBe(PAGE * 10);
    expect(heights.topOf(PAGE + 2)).toBe(PAGE * 10 + 40);
    expect(heights.topOf(3 * PAGE)).toBe(PAGE * 40);
  });

  it('may grow at the end', () => {
    const heights = new Heights(10);
    heights.set(0, [30, 10]);
    expect([heights.topOf(1), heights.topOf(2), heights.topOf(4)]).toEqual([30, 40, 60]);
    heights.set(0, [30, 10, 50]);
    expect([heights.has(0, 3), heights.has(0, 4), heights.topOf(3)]).toEqual([true, false, 90]);
  });
});
