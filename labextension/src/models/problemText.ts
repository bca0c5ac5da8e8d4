/** JSON Schema's keywords as sentences that say what to write. */

import { digitsOf, isBigInteger } from '../logic/exact';
import { isObject, showValue } from '../logic/json';
import type { Values } from '../logic/schema';
import type { Problem } from '../logic/validation';
import { trans } from '../translation';

export function sentenceOf(problem: Problem, payload: Values): string {
  const { keyword, params } = problem;
  const written = quoted(valueAt(payload, problem.path));
  const limit = showValue(params.limit);
  switch (keyword) {
    case 'required':
      return trans.__('A value is needed here.');
    case 'type':
      return typeSentence(String(params.type), written);
    case 'enum':
      return trans.__('%1 is none of the choices: %2.', written, allowed(params.allowedValues));
    case 'const':
      return trans.__('Only %1 fits here.', showValue(params.allowedValue));
    case 'minimum':
      return trans.__('Write %1 or more.', limit);
    case 'maximum':
      return trans.__('Write %1 or less.', limit);
    case 'exclusiveMinimum':
      return trans.__('Write more than %1.', limit);
    case 'exclusiveMaximum':
      return trans.__('Write less than %1.', limit);
    case 'multipleOf':
      return trans.__('Write a multiple of %1.', showValue(params.multipleOf));
    case 'minLength':
      return trans._n('Write %1 character or more.', 'Write %1 characters or more.', Number(params.limit));
    case 'maxLength':
      return trans._n('Write %1 character at most.', 'Write %1 characters at most.', Number(params.limit));
    case 'minItems':
      return trans._n('Give %1 value or more.', 'Give %1 values or more.', Number(params.limit));
    case 'maxItems':
      return trans._n('Give %1 value at most.', 'Give %1 values at most.', Number(params.limit));
    case 'uniqueItems':
      return trans.__('Two of these values are the same.');
    case 'pattern':
      return trans.__('%1 does not have the form %2.', written, showValue(params.pattern));
    case 'format':
      return formatSentence(String(params.format), written);
    case 'additionalProperties':
      return trans.__('There is no field “%1” here.', showValue(params.additionalProperty));
    default:
      return trans.__('%1 does not fit: %2.', written, problem.message);
  }
}

function typeSentence(type: string, written: string): string {
  switch (type) {
    case 'integer':
      return trans.__('%1 is not a whole number.', written);
    case 'number':
      return trans.__('%1 is not a number.', written);
    case 'boolean':
      return trans.__('%1 is neither yes nor no.', written);
    case 'array':
      return trans.__('%1 is not a list.', written);
    case 'object':
      return trans.__('%1 is not a JSON object.', written);
    default:
      return trans.__('%1 is not a text.', written);
  }
}

function formatSentence(format: string, written: string): string {
  switch (format) {
    case 'date':
      return trans.__('%1 is not a date. Write one such as 2026-11-22.', written);
    case 'time':
      return trans.__('%1 is not a time. Write one such as 14:30:00Z.', written);
    case 'date-time':
      return trans.__('%1 is not a date and time. Write them such as 2026-11-22T14:30:00Z.', written);
    default:
      return trans.__('%1 does not have the form %2.', written, format);
  }
}

function allowed(values: unknown): string {
  const list = Array.isArray(values) ? values.map(showValue) : [];
  return list.slice(0, 8).join(', ') + (list.length > 8 ? '…' : '');
}

function quoted(value: unknown): string {
  const text = isBigInteger(value) ? digitsOf(value) : showValue(value ?? '');
  return trans.__('“%1”', text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function valueAt(payload: Values, path: string): unknown {
  let value: unknown = payload;
  for (const part of path.split('.')) {
    value = Array.isArray(value) ? value[Number(part)] : isObject(value) ? value[part] : undefined;
  }
  return value;
}
