import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { keysOf } from '../src/logic/keys';
import { DEFAULTS } from '../src/models/settings';
import { CommandIDs } from '../src/tokens';

interface Entry {
  command?: string;
  items?: Entry[];
  selector?: string;
  keys?: string[];
}

interface Schema {
  'jupyter.lab.menus': { main: Entry[]; context: Entry[] };
  'jupyter.lab.shortcuts': Required<Omit<Entry, 'items'>>[];
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(__dirname, '..', 'schema', name), 'utf-8'));
const schema = read('commands.json') as Schema;
const shortcuts = schema['jupyter.lab.shortcuts'];

describe('menus and keys', () => {
  it('call commands that there are', () => {
    const entries = [...schema['jupyter.lab.menus'].main.flatMap(({ items }) => items ?? []), ...schema['jupyter.lab.menus'].context, ...shortcuts];
    const named = entries.flatMap(({ command }) => (command === undefined ? [] : [command]));
    expect(named.filter(command => !Object.values<string>(CommandIDs).includes(command))).toEqual([]);
  });

  it('that are single letters work in lists and pages only', () => {
    const single = shortcuts.filter(({ keys }) => keys[0]?.length === 1);
    expect(single.filter(({ selector }) => !/^(\[data-list\]|\.trn-root):not/.test(selector))).toEqual([]);
  });

  it('have selectors that Lab takes', () => {
    expect(shortcuts.filter(({ selector }) => selector.includes(','))).toEqual([]);
  });
});

describe('the list of all keys', () => {
  it('has what is registered, by the place where it works', () => {
    const labels: Record<string, string> = { [CommandIDs.lastForm]: 'Last', [CommandIDs.openHistory]: 'History', 'other:command': 'Other' };
    const bindings = [
      { command: CommandIDs.lastForm, keys: ['Alt R'], selector: 'body', args: {} },
      { command: CommandIDs.lastForm, keys: ['Shift /'], selector: 'body', args: {} },
      { command: CommandIDs.openHistory, keys: ['G', 'H'], selector: '[data-list]:not(:focus)', args: {} },
      { command: CommandIDs.nextRow, keys: ['J'], selector: '[data-list]', args: {} },
      { command: 'other:command', keys: ['A'], selector: 'body', args: {} }
    ];
    const commands = {
      keyBindings: bindings,
      label: (id: string) => labels[id] ?? '',
      caption: () => 'Go there',
      hasCommand: (id: string) => id in labels
    };
    const found = keysOf(commands, keys => keys.map(key => key.replace(' ', '+')).join(', '));
    expect(found.everywhere).toEqual([{ command: CommandIDs.lastForm, label: 'Last', caption: 'Go there', keys: ['Alt+R', '?'] }]);
    expect(found.lists.map(({ label, keys }) => [label, keys])).toEqual([['History', ['G H']]]);
    expect([...found.form, ...found.views]).toEqual([]);
  });
});

describe('the settings', () => {
  it('have in the schema the defaults that hold without it', () => {
    const { properties } = read('settings.json') as { properties: Record<string, { default: unknown }> };
    expect(Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, one.default]))).toEqual(DEFAULTS);
  });
});
