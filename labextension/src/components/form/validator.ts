/** JSON Schema 2020-12 in the browser. The server decides; this only says it sooner. */

import addFormats from 'ajv-formats';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';

import type { Tool } from '../../api/types';
import { isObject } from '../../logic/json';
import type { RawError } from '../../logic/validation';

const compiled = new WeakMap<object, ValidateFunction | null>();

export function validate(schema: Tool['params_schema'], payload: unknown): RawError[] {
  let check = compiled.get(schema);
  if (check === undefined) {
    check = compile(schema) ?? compile(withoutPatterns(schema) as Tool['params_schema']);
    compiled.set(schema, check);
  }
  if (!check || check(payload)) {
    return [];
  }
  return check.errors ?? [];
}

function compile(schema: Tool['params_schema']): ValidateFunction | null {
  const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false });
  addFormats(ajv);
  // A time without a zone is one where the tool is.
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i);
  ajv.addFormat('time', /^\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i);
  try {
    return ajv.compile(schema);
  } catch {
    return null;
  }
}

/** Python's regular expressions are not all JavaScript's. */
function withoutPatterns(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutPatterns);
  }
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, item]) => !(key === 'pattern' && typeof item === 'string'))
        .map(([key, item]) => [key, withoutPatterns(item)])
    );
  }
  return value;
}
