import { describe, expect, it } from 'vitest';

import { pathOfId, withValue } from '../src/logic/fieldPath';

const FIELDS = {
  properties: {
    input: { type: 'string' },
    input_file: { type: 'string' },
    files: { type: 'array', items: { type: 'string' } },
    pair: { $ref: '#/$defs/Pair' }
  },
  definitions: { Pair: { type: 'object', properties: { left_file: { type: 'string' } } } }
};

describe('the path of a control', () => {
  it.each([
    ['_input', ['input']],
    ['_input_file', ['input_file']],
    ['_files_1', ['files', '1']],
    ['_pair_left_file', ['pair', 'left_file']]
  ])('of id %s is %j', (id, path) => {
    expect(pathOfId(id, FIELDS, { files: ['a', 'b'] })).toEqual(path);
  });

  it('is none where a row of a list was removed, or a field is not there', () => {
    expect(pathOfId('_files_1', FIELDS, { files: ['a'] })).toBeNull();
    expect(pathOfId('_files_0', FIELDS, {})).toBeNull();
    expect(pathOfId('_other', FIELDS, {})).toBeNull();
  });
});

describe('a value put at a path', () => {
  it('leaves alone what is around it', () => {
    const whole = { left: 1, rows: ['a', { x: 1 }] };
    expect(withValue(whole, ['rows', '1', 'x'], 2)).toEqual({ left: 1, rows: ['a', { x: 2 }] });
    expect(whole).toEqual({ left: 1, rows: ['a', { x: 1 }] });
    expect(withValue(undefined, ['left_file'], 'v')).toEqual({ left_file: 'v' });
  });
});
