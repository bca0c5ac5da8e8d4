import { describe, expect, it } from 'vitest';

import { chosenField, foldedFields, formSchema, payloadOf, shape } from '../src/logic/schema';

describe('a schema', () => {
  it('may be none where it says so', () => {
    expect(shape({ anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }], default: null, title: 'Size' })).toEqual({
      type: 'integer',
      minimum: 1,
      default: null,
      title: 'Size',
      'x-nullable': true
    });
    expect(shape({ type: ['string', 'null'] })).toEqual({ type: 'string', 'x-nullable': true });
  });

  it('is a union where several types fit', () => {
    expect(shape({ type: ['integer', 'string'] })).toMatchObject({ anyOf: [{ type: 'integer' }, { type: 'string' }] });
    expect(shape({ anyOf: [{ type: 'integer' }, { type: 'string' }, { type: 'null' }] })).toEqual({
      anyOf: [{ type: 'integer' }, { type: 'string' }],
      'x-nullable': true
    });
  });

  it('is a choice where each option is a constant', () => {
    expect(shape({ oneOf: [{ const: 'a', title: 'A' }, { const: 'b' }] })).toEqual({ enum: ['a', 'b'], 'x-labels': ['A', 'b'] });
  });

  it('has a tuple in the form that rjsf knows', () => {
    expect(shape({ type: 'array', prefixItems: [{ type: 'integer' }, { type: 'string' }] })).toEqual({
      type: 'array',
      items: [{ type: 'integer' }, { type: 'string' }],
      additionalItems: false
    });
  });

  it('is free JSON where nothing says what it holds', () => {
    for (const schema of [{}, { type: 'object' }, { type: 'array' }, { type: 'object', additionalProperties: { type: 'integer' } }]) {
      expect(shape(schema)['x-free']).toBe(true);
    }
  });

  it("gives a parent's default to its fields", () => {
    const shaped = shape({ type: 'object', properties: { a: { type: 'integer' } }, default: { a: 5 } });
    expect(shaped.properties).toMatchObject({ a: { default: 5 } });
  });
});

const COMMANDS = {
  type: 'object',
  properties: { verbose: { type: 'boolean', default: false }, command: { enum: ['add', 'remove'], 'x-subcommand': true } },
  required: ['command'],
  'x-order': ['verbose', 'command'],
  allOf: [
    {
      if: { properties: { command: { const: 'add' } }, required: ['command'] },
      then: {
        properties: { title: { type: 'string' }, kind: { enum: ['page', 'note'], 'x-subcommand': true } },
        required: ['title', 'kind'],
        'x-order': ['title', 'kind'],
        allOf: [
          {
            if: { properties: { kind: { const: 'page' } }, required: ['kind'] },
            then: { properties: { layout: { type: 'string' } } }
          }
        ]
      }
    },
    {
      if: { properties: { command: { const: 'remove' } }, required: ['command'] },
      then: {
        properties: { number: { type: 'integer' }, archive: { type: 'string' }, purge: { type: 'boolean', default: false } },
        required: ['number'],
        'x-exclusive': [{ fields: ['archive', 'purge'], required: true }]
      }
    }
  ]
};

describe('sub-commands', () => {
  it('show only their choice at first', () => {
    expect(formSchema(COMMANDS, {}).order).toEqual(['verbose', 'command']);
  });

  it('bring the fields of the chosen one, also of one below it', () => {
    expect(formSchema(COMMANDS, { command: 'add' }).order).toEqual(['verbose', 'command', 'title', 'kind']);
    const form = formSchema(COMMANDS, { command: 'add', kind: 'page' });
    expect(form.order).toEqual(['verbose', 'command', 'title', 'kind', 'layout']);
    expect(form.required).toEqual(['command', 'title', 'kind']);
  });

  it('leave the values of the others out of what is sent', () => {
    const values = { command: 'remove', number: 3, title: 'kept for later' };
    expect(payloadOf(formSchema(COMMANDS, values), values, [])).toEqual({ command: 'remove', number: 3 });
  });

  it('have exclusive groups of their own', () => {
    expect(formSchema(COMMANDS, { command: 'remove' }).exclusive).toEqual([{ fields: ['archive', 'purge'], required: true }]);
  });
});

describe('exclusive fields', () => {
  const schema = {
    type: 'object',
    properties: { first: { type: 'string' }, between: { type: 'string' }, second: { type: 'integer' }, flag: { type: 'boolean' } },
    'x-exclusive': [{ fields: ['first', 'second', 'flag'] }]
  };

  it('stand together where the first of them stands', () => {
    expect(formSchema(schema, {}).order).toEqual(['first', 'second', 'flag', 'between']);
  });

  it('send only the chosen one', () => {
    const values = { first: 'a', second: 2, between: 'b' };
    const form = formSchema(schema, values);
    expect(payloadOf(form, values, ['second'])).toEqual({ second: 2, between: 'b' });
    expect(payloadOf(form, values, [])).toEqual({ first: 'a', between: 'b' });
  });

  it('are chosen by their value; a flag that is off is not', () => {
    const group = { fields: ['first', 'second', 'flag'], required: false };
    expect(chosenField(group, { flag: false })).toBeNull();
    expect(chosenField(group, { flag: true })).toBe('flag');
    expect(chosenField(group, { second: 0 })).toBe('second');
  });
});

describe('folded fields', () => {
  it('are those that the tool calls advanced', () => {
    const form = formSchema({ properties: { a: { type: 'string' }, b: { type: 'string', 'x-advanced': true } } }, {});
    expect(foldedFields(form)).toEqual(['b']);
  });

  it('are the last optional ones of a long form', () => {
    const properties = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`f${i}`, { type: 'string' }]));
    expect(foldedFields(formSchema({ properties, required: ['f13'] }, {}))).toEqual(['f8', 'f9', 'f10', 'f11', 'f12']);
    expect(foldedFields(formSchema({ properties: { a: { type: 'string' } } }, {}))).toEqual([]);
  });
});
