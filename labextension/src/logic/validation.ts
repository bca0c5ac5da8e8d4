/** What is wrong with which field, out of ajv's errors. */

import { isBigInteger, digitsOf } from './exact';
import { isObject, type JsonObject } from './json';
import type { ExclusiveGroup, FormSchema, Values } from './schema';

/** A problem at a path such as `sources.0.name`. `keyword` and `params` are JSON Schema's. */
export interface Problem {
  path: string;
  keyword: string;
  params: JsonObject;
  message: string;
}

export interface RawError {
  instancePath: string;
  keyword: string;
  params: unknown;
  message?: string | undefined;
  schemaPath?: string;
}

const COMPOSITE = ['if', 'anyOf', 'oneOf', 'allOf', '$ref', 'not'];

/** One problem per path: the most telling one. */
export function problemsOf(errors: readonly RawError[], form: FormSchema, payload: Values): Problem[] {
  const found = new Map<string, Problem>();
  const deep = (path: string): boolean =>
    errors.some(other => !COMPOSITE.includes(other.keyword) && pathOf(other).startsWith(path));
  for (const error of errors) {
    const path = pathOf(error);
    const params = isObject(error.params) ? error.params : {};
    const skipped =
      (COMPOSITE.includes(error.keyword) && deep(path)) ||
      (error.keyword === 'type' && params.type === 'null') ||
      isFilledByDefault(error.keyword, path, form, payload);
    const known = found.get(path);
    if (!skipped && (!known || (known.keyword === 'required' && error.keyword !== 'required'))) {
      found.set(path, { path, keyword: error.keyword, params, message: error.message ?? '' });
    }
  }
  return [...found.values()].sort((a, b) => placeOf(form, a.path) - placeOf(form, b.path));
}

/** A choice that must be made and was not. */
export function missingChoices(form: FormSchema, payload: Values): ExclusiveGroup[] {
  return form.exclusive.filter(group => group.required && group.fields.every(field => payload[field] === undefined));
}

/** The payload as ajv can read it: big integers as numbers, artifacts as the paths that they stand for. */
export function readable(value: unknown): unknown {
  if (isBigInteger(value)) {
    return Number(digitsOf(value));
  }
  if (isArtifactRef(value)) {
    return `artifact:${value.artifact}`;
  }
  if (Array.isArray(value)) {
    return value.map(readable);
  }
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readable(item)]));
  }
  return value;
}

export interface ArtifactRef {
  artifact: string;
}

/** An earlier artifact in the place of a path. */
export function isArtifactRef(value: unknown): value is ArtifactRef & JsonObject {
  return isObject(value) && typeof value.artifact === 'string' && Object.keys(value).length === 1;
}

function pathOf(error: RawError): string {
  const parts = error.instancePath
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (error.keyword === 'required' && isObject(error.params)) {
    parts.push(String(error.params.missingProperty));
  }
  return parts.join('.');
}

/** The server fills defaults before it validates. */
function isFilledByDefault(keyword: string, path: string, form: FormSchema, payload: Values): boolean {
  const property = form.properties[path];
  return keyword === 'required' && payload[path] === undefined && property !== undefined && 'default' in property;
}

function placeOf(form: FormSchema, path: string): number {
  return form.order.indexOf(path.split('.')[0] ?? '');
}
