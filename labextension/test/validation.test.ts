import { describe, expect, it } from 'vitest';

import { validate } from '../src/components/form/validator';
import { formSchema } from '../src/logic/schema';
import { missingChoices, problemsOf, readable } from '../src/logic/validation';
import { sentenceOf } from '../src/models/problemText';

const SCHEMA = {
  type: 'object',
  properties: {
    text: { type: 'string' },
    count: { type: 'integer', minimum: 1 },
    size: { anyOf: [{ type: 'integer' }, { type: 'null' }], default: null },
    files: { type: 'array', items: { type: 'string', format: 'path' } },
    day: { type: 'string', format: 'date' },
    filled: { type: 'string', default: 'x' }
  },
  required: ['text', 'filled'],
  additionalProperties: false
};

function problems(payload: Record<string, unknown>): [string, string][] {
  const form = formSchema(SCHEMA, payload);
  return problemsOf(validate(SCHEMA, readable(payload)), form, payload).map(problem => [problem.path, sentenceOf(problem, payload)]);
}

describe('what is wrong', () => {
  it('is nothing where all is right', () => {
    expect(problems({ text: '', count: 1, size: null, day: '2026-11-22' })).toEqual([]);
  });

  it('is said once for each field, in the order of the form', () => {
    expect(problems({ size: 'many', count: 'abc' })).toEqual([
      ['text', 'A value is needed here.'],
      ['count', '“abc” is not a whole number.'],
      ['size', '“many” is not a whole number.']
    ]);
  });

  it('names an item of a list', () => {
    expect(problems({ text: 'a', files: ['x', 3] })).toEqual([['files.1', '“3” is not a text.']]);
  });

  it('is not that the server fills a default', () => {
    expect(problems({ text: 'a' })).toEqual([]);
  });

  it('is not an artifact in the place of a path', () => {
    expect(problems({ text: 'a', files: [{ artifact: 'abc' }] })).toEqual([]);
  });

  it('says how a date is written', () => {
    expect(problems({ text: 'a', day: 'tomorrow' })).toEqual([['day', '“tomorrow” is not a date. Write one such as 2026-11-22.']]);
  });

  it('is found under an if as well', () => {
    const schema = {
      type: 'object',
      properties: { cmd: { enum: ['add'] } },
      allOf: [{ if: { properties: { cmd: { const: 'add' } }, required: ['cmd'] }, then: { properties: { n: { type: 'integer' } }, required: ['n'] } }]
    };
    const payload = { cmd: 'add' };
    const found = problemsOf(validate(schema, payload), formSchema(schema, payload), payload);
    expect(found.map(({ path, keyword }) => [path, keyword])).toEqual([['n', 'required']]);
  });

  it('is not a pattern that only Python reads', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: '(?P<year>\\d+)' }, b: { type: 'integer' } } };
    expect(validate(schema, { a: 'x', b: 'y' })).toHaveLength(1);
  });
});

it('a choice that must be made is missing until one of its fields has a value', () => {
  const schema = {
    properties: { a: { type: 'string' }, b: { type: 'string' } },
    'x-exclusive': [{ fields: ['a', 'b'], required: true }]
  };
  const form = formSchema(schema, {});
  expect(missingChoices(form, {})).toHaveLength(1);
  expect(missingChoices(form, { b: '' })).toHaveLength(0);
});
