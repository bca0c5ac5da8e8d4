/** "Copy as": the same run as a command, as Python and as a request. */

import type { Run } from '../api/types';
import { isObject } from './json';

export function asCommand(run: Run): string {
  const start = `jupyter toolrunner run ${shellWord(run.tool)}`;
  const entries = Object.entries(run.params);
  if (entries.every(([, value]) => isSimple(value))) {
    return [start, ...entries.map(([name, value]) => `-p ${shellWord(`${name}=${String(value)}`)}`)].join(' ');
  }
  return `printf %s ${shellWord(JSON.stringify(run.params))} | ${start} --params -`;
}

/** Values that `-p KEY=VALUE` carries without a doubt about their type. */
function isSimple(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}

export function asPython(run: Run): string {
  const call = `run = connect().submit(${pythonValue(run.tool)}, params=${pythonValue(run.params)})`;
  return `from jupyter_toolrunner import connect\n\n${call}\nrun.wait()\n`;
}

export function asRequest(run: Run, url: string): string {
  const body = JSON.stringify({ tool: run.tool, params: run.params });
  return [
    `curl -X POST ${shellWord(url)}`,
    `-H "Authorization: token $JUPYTER_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `-d ${shellWord(body)}`
  ].join(' \\\n  ');
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
  if (Array.isArray(value)) {
    return `[${value.map(pythonValue).join(', ')}]`;
  }
  if (isObject(value)) {
    const items = Object.entries(value).map(([key, item]) => `${pythonValue(key)}: ${pythonValue(item)}`);
    return `{${items.join(', ')}}`;
  }
  // JSON's escapes of a text are Python's too, but for a lone "\/", which JSON.stringify never writes.
  return JSON.stringify(value);
}
