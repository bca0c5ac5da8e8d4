/** Values that are what another run leaves. */

import { isObject, type JsonObject } from './json';

export type RunReference = { run: string; output: string } | { run: string; result: string };

export function isRunReference(value: unknown): value is RunReference & JsonObject {
  return isObject(value) && typeof value.run === 'string' && (typeof value.output === 'string' || typeof value.result === 'string') && Object.keys(value).length === 2;
}

/** Paths such as `tables.0` at which one stands. */
export function referencePaths(value: unknown, path: readonly string[] = []): string[] {
  if (isRunReference(value)) {
    return [path.join('.')];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => referencePaths(item, [...path, String(i)]));
  }
  return path.length === 0 && isObject(value) ? Object.entries(value).flatMap(([name, item]) => referencePaths(item, [name])) : [];
}

/** The runs that stand in values, each once. */
export function referencedRuns(value: unknown): string[] {
  if (isRunReference(value)) {
    return [value.run];
  }
  const parts = Array.isArray(value) ? (value as unknown[]) : isObject(value) ? Object.values(value) : [];
  return [...new Set(parts.flatMap(referencedRuns))];
}
