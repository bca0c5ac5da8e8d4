/** A filled form as an address, and back: every value exactly, secrets never. */

import { parseExact, stringifyExact } from './exact';
import { isObject, type JsonObject } from './json';
import type { Values } from './schema';

const TOOL = 'toolrunner-form';
const VALUES = 'toolrunner-values';
const PRESET = 'toolrunner-preset';

/** Characters that every browser and proxy takes. */
export const LONGEST_LINK = 8_000;

export interface FilledForm {
  tool: string;
  /** Null: as the form is left. Undefined values could not be read. */
  values: Values | null | undefined;
  preset: string | null;
}

/** `base` is the address of Lab itself. */
export function linkToForm(base: string, tool: string, values: Values): string {
  const query = new URLSearchParams({ [TOOL]: tool });
  if (Object.keys(values).length > 0) {
    query.set(VALUES, encode(stringifyExact(values)));
  }
  return `${base}?${query.toString()}`;
}

export function linkToPreset(base: string, tool: string, preset: string): string {
  return `${base}?${new URLSearchParams({ [TOOL]: tool, [PRESET]: preset }).toString()}`;
}

export function readLink(search: string): FilledForm | null {
  const query = new URLSearchParams(search);
  const tool = query.get(TOOL);
  if (tool === null) {
    return null;
  }
  const text = query.get(VALUES);
  return { tool, values: text === null ? null : decode(text), preset: query.get(PRESET) };
}

/** The rest of an address's query. */
export function withoutLink(search: string): string {
  const query = new URLSearchParams(search);
  for (const word of [TOOL, VALUES, PRESET]) {
    query.delete(word);
  }
  return query.toString();
}

export const LINK_PATTERN = new RegExp(`[?&]${TOOL}=`);

/** The values without those of secret fields. */
export function withoutSecrets(properties: Readonly<Record<string, JsonObject>>, values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => properties[name]?.['x-secret'] !== true));
}

/** JSON has half surrogate pairs as escapes, so that UTF-8 carries it whatever is in it. */
function encode(json: string): string {
  const bytes = new TextEncoder().encode(json);
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) {
    text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  }
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function decode(text: string): Values | undefined {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), letter => letter.charCodeAt(0));
    const values = parseExact(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isObject(values) ? values : undefined;
  } catch {
    return undefined;
  }
}
