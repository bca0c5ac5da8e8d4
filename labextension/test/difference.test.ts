import { describe, expect, it } from 'vitest';

import { differences, inShort, leftOut } from '../src/logic/difference';
import { parseInteger } from '../src/logic/exact';

const SCHEMA = {
  type: 'object',
  properties: { text: { type: 'string' }, n: { type: 'integer', default: 3 }, key: { type: 'string', 'x-secret': true } }
};

describe('differences', () => {
  it('count a default as the value that it is', () => {
    expect(differences(SCHEMA, {}, { n: 3 })).toEqual([]);
    expect(differences(SCHEMA, { n: 4 }, {})).toEqual([{ name: 'n', value: 3 }]);
    expect(differences(SCHEMA, { text: 'a' }, { text: 'b', n: 5, gone: 1 })).toEqual([
      { name: 'text', value: 'b' },
      { name: 'n', value: 5 },
      { name: 'gone', value: 1 }
    ]);
  });
  it('never tell a secret', () => {
    expect(differences(SCHEMA, { key: 'a' }, { key: 'b' })).toEqual([]);
  });
});

describe('values of another version of the tool', () => {
  it('that have no field any more are named', () => {
    expect(leftOut(SCHEMA, { n: 1, old: 2, older: 3 })).toEqual(['old', 'older']);
  });
  it('that belong to another command are left out too', () => {
    const commands = {
      properties: { command: { enum: ['a', 'b'] } },
      allOf: [
        { if: { properties: { command: { const: 'a' } } }, then: { properties: { x: {} } } },
        { if: { properties: { command: { const: 'b' } } }, then: { properties: { y: {} } } }
      ]
    };
    expect(leftOut(commands, { command: 'a', x: 1, y: 2 })).toEqual(['y']);
  });
});

describe('a value in short', () => {
  it.each([
    [parseInteger('12345678901234567890'), '12345678901234567890'],
    ['a\n\tb', 'a b'],
    ['x'.repeat(30), `${'x'.repeat(23)}…`],
    [null, 'null'],
    [[1, 'a'], '[1,"a"]'],
    [{ artifact: 'id' }, '…']
  ])('of %j', (value, text) => {
    expect(inShort(value)).toBe(text);
  });
});
