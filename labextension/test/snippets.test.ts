import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

import type { Run } from '../src/api/types';
import { asCommand, asPython, asRequest, pythonValue } from '../src/logic/snippets';

const PARAMS = { text: "it's \"quoted\" $HOME `x` \\ \n end", flag: true, none: null, list: [1, 'a'], big: 1.5 };
const run = (params: Record<string, unknown>): Run => ({ tool: 'box.tool', params }) as Run;

/** What a shell makes of the words. */
function shell(command: string): string {
  const stub = 'jupyter() { printf "%s\\0" "$@"; cat; }; curl() { printf "%s\\0" "$@"; };';
  return execFileSync('sh', ['-c', stub + command], { input: '', encoding: 'utf-8' });
}

describe('a run copied', () => {
  it('as a command has simple values as words', () => {
    const words = shell(asCommand(run({ text: "it's $HOME", n: 3 }))).split('\0');
    expect(words.slice(0, 7)).toEqual(['toolrunner', 'run', 'box.tool', '-p', "text=it's $HOME", '-p', 'n=3']);
  });

  it('as a command has all else as JSON, exactly', () => {
    const output = shell(asCommand(run(PARAMS)));
    expect(JSON.parse(output.slice(output.indexOf('{')))).toEqual(PARAMS);
  });

  it('as a request has the same params', () => {
    const words = shell(asRequest(run(PARAMS), 'http://x/toolrunner/api/runs')).split('\0');
    expect(JSON.parse(words[words.indexOf('--data-binary') + 1] ?? '')).toEqual({ tool: 'box.tool', params: PARAMS });
  });

  it('as Python is a call with the same params', () => {
    const check = `import json\nprint(json.dumps(${pythonValue(PARAMS)}))`;
    expect(JSON.parse(execFileSync('python3', ['-c', check], { encoding: 'utf-8' }))).toEqual(PARAMS);
    expect(asPython(run({ n: 1 }))).toContain('connect().submit("box.tool", params={"n": 1})');
  });
});
