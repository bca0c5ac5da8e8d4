/** A text that was meant as JSON and is not yet: kept as it was written, never sent. */

import { isObject } from './json';

const KEY = '$toolrunner:text';

export interface Unreadable {
  [KEY]: string;
}

export function unreadable(text: string): Unreadable {
  return { [KEY]: text };
}

export function isUnreadable(value: unknown): value is Unreadable {
  return isObject(value) && typeof value[KEY] === 'string' && Object.keys(value).length === 1;
}

export function textOf(value: Unreadable): string {
  return value[KEY];
}

/** Paths such as `filter.0` at which such a text stands. */
export function unreadablePaths(value: unknown, path: readonly string[] = []): string[] {
  if (isUnreadable(value)) {
    return [path.join('.')];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => unreadablePaths(item, [...path, String(i)]));
  }
  return isObject(value) ? Object.entries(value).flatMap(([name, item]) => unreadablePaths(item, [...path, name])) : [];
}
