/** Where two sets of values part. */

import { digitsOf, isBigInteger } from './exact';
import { isObject, sameJson, showValue, type JsonObject } from './json';
import { formSchema, type Values } from './schema';
import { isArtifactRef } from './validation';

export interface Difference {
  name: string;
  /** The value of the second; undefined where it has none. */
  value: unknown;
}

/** Fields in which `other` differs from `values`, defaults counted as what they are; in the form's order. */
export function differences(schema: JsonObject, values: Values, other: Values): Difference[] {
  const form = formSchema(schema, other);
  const names = [...form.order, ...Object.keys(other).filter(name => !(name in form.properties))];
  const full = (from: Values, name: string): unknown => (from[name] === undefined ? form.properties[name]?.default : from[name]);
  return names
    .filter(name => form.properties[name]?.['x-secret'] !== true && !sameJson(full(values, name), full(other, name)))
    .map(name => ({ name, value: full(other, name) }));
}

/** What the form has no field for any more. */
export function leftOut(schema: JsonObject, values: Values): string[] {
  const { properties } = formSchema(schema, values);
  return Object.keys(values).filter(name => !(name in properties));
}

/** A value in a few characters. */
export function inShort(value: unknown, letters = 24): string {
  const text = isBigInteger(value)
    ? digitsOf(value)
    : isArtifactRef(value)
      ? '…'
      : Array.isArray(value) || isObject(value)
        ? JSON.stringify(value)
        : showValue(value ?? null);
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > letters ? `${line.slice(0, letters - 1)}…` : line;
}
