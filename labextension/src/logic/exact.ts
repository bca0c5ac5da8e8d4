/**
 * Whole numbers of any size. JavaScript's own are exact up to 2^53 only, so that a larger one is kept as its digits
 * and written into the JSON as the number that it is.
 */

import { isObject } from './json';

const KEY = '$toolrunner:int';

export interface BigInteger {
  [KEY]: string;
}

/** The number that a text stands for: a BigInteger where a plain number would lose digits; undefined if it is none. */
export function parseInteger(text: string): number | BigInteger | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?\d+$/.test(trimmed)) {
    return undefined;
  }
  const value = Number(trimmed);
  return Number.isSafeInteger(value) ? value + 0 : { [KEY]: BigInt(trimmed.replace(/^\+/, '')).toString() };
}

export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)) {
    return undefined;
  }
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

export function isBigInteger(value: unknown): value is BigInteger {
  return isObject(value) && typeof value[KEY] === 'string' && Object.keys(value).length === 1;
}

export function digitsOf(value: BigInteger): string {
  return value[KEY];
}

/** JSON in which big integers are numbers. Quotes inside a text are escaped, so the pattern meets only real objects. */
export function stringifyExact(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(/\{\s*"\$toolrunner:int":\s*"(-?\d+)"\s*\}/g, '$1');
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** The reverse: integers that a plain number would round are kept as their digits. Throws where it is no JSON. */
export function parseExact(text: string): unknown {
  // Strings are matched whole, so that digits inside of them stay what they are.
  const kept = text.replace(TOKEN, token => (isRounded(token) ? `{"${KEY}":"${token}"}` : token));
  return JSON.parse(kept) as unknown;
}

function isRounded(token: string): boolean {
  return token.length > 15 && /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));
}
