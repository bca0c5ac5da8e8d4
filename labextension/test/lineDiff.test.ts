import { describe, expect, it } from 'vitest';

import { folded, lineDiff, type DiffLine } from '../src/logic/lineDiff';

function signs(lines: readonly DiffLine[]): string[] {
  const sign = { same: ' ', added: '+', removed: '-', skipped: '…' };
  return lines.map(({ kind, text }) => `${sign[kind]}${text}`);
}

function side(lines: readonly DiffLine[], gone: 'added' | 'removed'): string {
  return lines.filter(({ kind }) => kind !== gone).map(({ text }) => text).join('\n');
}

describe('what changed in a text', () => {
  it('is told by its lines, with the numbers that they have in each', () => {
    const lines = lineDiff('a\nb\nc\nd', 'a\nx\nc\nd\ne');
    expect(signs(lines)).toEqual([' a', '-b', '+x', ' c', ' d', '+e']);
    expect(lines.map(({ before, after }) => [before, after])).toEqual([[1, 1], [2, null], [null, 2], [3, 3], [4, 4], [null, 5]]);
  });

  it('is nothing where nothing changed', () => {
    expect(lineDiff('a\nb', 'a\nb').every(({ kind }) => kind === 'same')).toBe(true);
  });

  it('gives both texts back, whatever they are', () => {
    let seed = 5;
    const random = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    for (let round = 0; round < 200; round++) {
      const text = (): string => Array.from({ length: random(12) }, () => 'abc'[random(3)] ?? '').join('\n');
      const [before, after] = [text(), text()];
      const lines = lineDiff(before, after);
      expect([side(lines, 'added'), side(lines, 'removed')]).toEqual([before, after]);
    }
  });

  it('is replaced as a whole where comparing would take too long', () => {
    const text = (word: string): string => Array.from({ length: 3_000 }, (_, i) => `${word} ${i}`).join('\n');
    const lines = lineDiff(text('old'), text('new'));
    expect(lines.filter(({ kind }) => kind === 'removed')).toHaveLength(3_000);
    expect(side(lines, 'removed')).toBe(text('new'));
  });

  it('is shown with some lines around it, and how many are left out', () => {
    const text = Array.from({ length: 30 }, (_, i) => String(i)).join('\n');
    const lines = folded(lineDiff(text, text.replace('\n15\n', '\nx\n')));
    expect(signs(lines)).toEqual(['…12', ' 12', ' 13', ' 14', '-15', '+x', ' 16', ' 17', ' 18', '…11']);
  });
});
