import { describe, expect, it } from 'vitest';

import { findChoices } from '../src/logic/choices';

const choices = ['dark violet', 'violet', 'Ёлка', 'Йод', 'café au lait', 'blue'].map((label, key) => ({ key: String(key), label, help: label === 'blue' ? 'as the sky' : undefined }));
const found = (text: string): string[] => findChoices(choices, text).map(({ label }) => label);

describe('choices', () => {
  it('are all there in their order while nothing is written', () => {
    expect(found('  ')).toEqual(choices.map(({ label }) => label));
  });

  it('that begin with the text come first', () => {
    expect(found('vio')).toEqual(['violet', 'dark violet']);
  });

  it.each([
    ['VIOLET dark', ['dark violet']],
    ['елка', ['Ёлка']],
    ['иод', []],
    ['йод', ['Йод']],
    ['cafe', ['café au lait']],
    ['sky', ['blue']],
    ['[', []]
  ])('are found by %s', (text, labels) => {
    expect(found(text)).toEqual(labels);
  });
});
