/** Where in a form's values a control writes. */

import { isObject, type JsonObject } from './json';

interface Fields {
  properties: Readonly<Record<string, JsonObject>>;
  definitions: Readonly<Record<string, JsonObject>>;
}

/**
 * `_filter_0` is the first value of `filter`; where a name has an underscore itself, the longest name that fits counts.
 * Null where there is no such value, such as a row of a list that was removed.
 */
export function pathOfId(id: string, fields: Fields, values: Readonly<Record<string, unknown>>): string[] | null {
  return id === '' ? null : pathIn(id, { type: 'object', properties: fields.properties }, values, fields.definitions);
}

/** The value with this one at the path; what is around it is left alone. */
export function withValue(whole: unknown, path: readonly string[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) {
    return value;
  }
  if (Array.isArray(whole)) {
    return whole.map((item: unknown, i) => (String(i) === step ? withValue(item, rest, value) : item));
  }
  const around = isObject(whole) ? whole : {};
  return { ...around, [step]: withValue(around[step], rest, value) };
}

function pathIn(id: string, schema: JsonObject, value: unknown, definitions: Fields['definitions']): string[] | null {
  if (id === '') {
    return [];
  }
  const shape = followed(schema, definitions);
  const there = value ?? shape.default;
  if (Array.isArray(there)) {
    const [start, digits] = /^_(\d+)(?=_|$)/.exec(id) ?? [];
    const index = Number(digits);
    if (start === undefined || index >= there.length) {
      return null;
    }
    const items = Array.isArray(shape.items) ? (shape.items[index] as unknown) : shape.items;
    return before(String(index), pathIn(id.slice(start.length), isObject(items) ? items : {}, there[index], definitions));
  }
  const known = isObject(shape.properties) ? shape.properties : {};
  const inside = isObject(there) ? there : {};
  const names = [...new Set([...Object.keys(known), ...Object.keys(inside)])].sort((one, other) => other.length - one.length);
  for (const name of names) {
    if (id === `_${name}` || id.startsWith(`_${name}_`)) {
      const property = known[name];
      const found = before(name, pathIn(id.slice(name.length + 1), isObject(property) ? property : {}, inside[name], definitions));
      if (found) {
        return found;
      }
    }
  }
  return null;
}

function before(step: string, path: string[] | null): string[] | null {
  return path && [step, ...path];
}

function followed(schema: JsonObject, definitions: Fields['definitions']): JsonObject {
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
  return (name === undefined ? undefined : definitions[name]) ?? schema;
}
