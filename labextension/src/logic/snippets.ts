/** "Copy as": the same run as a command, as Python and as a request. */

import type { Run } from '../api/types';
import { digitsOf, isBigInteger, stringifyExact } from './exact';
import { isObject } from './json';

/** What is asked for: a tool with params, of a run or of a form that was not sent yet. */
export type Call = Pick<Run, 'tool' | 'params'> & {
  /** Runs that it waits for, by number, and when it starts then. */
  awaits?: { runs: readonly string[]; rule: string };
};

/** Characters that one argument of a command takes on every system. */
const LONGEST_WORD = 100_000;

export function asCommand(call: Call): string {
  const start = [`jupyter toolrunner run ${shellWord(call.tool)}`, ...afterOptions(call)].join(' ');
  const entries = Object.entries(call.params);
  if (entries.length === 0) {
    return start;
  }
  if (entries.every(([, value]) => isSimple(value))) {
    return [start, ...entries.map(([name, value]) => `-p ${shellWord(`${name}=${simpleText(value)}`)}`)].join(' ');
  }
  return `printf %s ${shellWord(stringifyExact(call.params))} | ${start} --params -`;
}

/** Values that `-p KEY=VALUE` carries without a doubt about their type: words of a language no JSON has. */
function isSimple(value: unknown): boolean {
  if (typeof value === 'string') {
    return value !== '' && value.length < 1000 && !/\p{Surrogate}/u.test(value) && !value.includes('\0') && !isJson(value) && !/^\s*[[{"]/.test(value) && !/[\r\n]/.test(value);
  }
  return isBigInteger(value) || (typeof value === 'number' && !Object.is(value, -0));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function simpleText(value: unknown): string {
  return isBigInteger(value) ? digitsOf(value) : String(value);
}

export function asPython(call: Call): string {
  const values = pythonValue(call.params);
  const after = call.awaits ? `, after=[${call.awaits.runs.join(', ')}], after_rule=${pythonValue(call.awaits.rule)}` : '';
  const submit = `run = connect().submit(${pythonValue(call.tool)}, params=${values}${after})`;
  return `from jupyter_toolrunner import connect\n\n${submit}\nrun.wait()\n`;
}

export function asRequest(call: Call, url: string): string {
  const body = stringifyExact({ tool: call.tool, params: call.params, ...(call.awaits ? { after: call.awaits.runs, rule: call.awaits.rule } : {}) });
  const long = body.length > LONGEST_WORD;
  return [
    `${long ? `printf %s ${shellWord(body)} | ` : ''}curl -X POST ${shellWord(url)}`,
    `-H "Authorization: token $JUPYTER_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    long ? '--data-binary @-' : `--data-binary ${shellWord(body)}`
  ].join(' \\\n  ');
}

function afterOptions({ awaits }: Call): string[] {
  return awaits ? [...awaits.runs.map(run => `--after ${run}`), ...(awaits.rule === 'all_succeeded' ? [] : [`--after-rule ${awaits.rule}`])] : [];
}

function shellWord(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function pythonValue(value: unknown): string {
  if (value === null || value === undefined) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  if (isBigInteger(value)) {
    return digitsOf(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(pythonValue).join(', ')}]`;
  }
  if (isObject(value)) {
    const items = Object.entries(value).map(([key, item]) => `${pythonValue(key)}: ${pythonValue(item)}`);
    return `{${items.join(', ')}}`;
  }
  if (Object.is(value, -0)) {
    return '-0.0';
  }
  // JSON's escapes of a text are Python's too, but for a lone "\/", which JSON.stringify never writes.
  return JSON.stringify(value);
}
