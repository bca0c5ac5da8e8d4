import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { Tool } from '../src/api/types';
import { localised } from '../src/logic/languages';
import { distance, SearchIndex } from '../src/logic/search';
import { stemOf } from '../src/logic/stems';
import { byCategory, tagsOf } from '../src/logic/toolGroups';

function tool(short_name: string, more: Partial<Tool> = {}): Tool {
  return {
    name: `box.${short_name}`,
    short_name,
    toolbox: 'box',
    title: short_name,
    category: '',
    tags: [],
    icon: '',
    translations: {},
    kind: 'script',
    version: 'v',
    description: '',
    params_schema: { properties: {} },
    delivery: 'at_most_once',
    attempts: 1,
    retried: [],
    limits: { time_limit: null, memory_limit: null, output_limit: null, process_limit: null, open_files_limit: null },
    warm: false,
    reuse: null,
    path: null,
    error: null,
    notice: null,
    source: null,
    ...more
  };
}

interface Case {
  query: string;
  found: string[];
}

type Said = Pick<Tool, 'short_name' | 'title' | 'description' | 'category' | 'tags'> & Partial<Tool> & { params: Record<string, unknown> };

const CASES = JSON.parse(readFileSync(join(__dirname, '..', '..', 'tests', 'search_cases.json'), 'utf-8')) as {
  tools: Said[];
  cases: Case[];
};
const TOOLS = CASES.tools.map(({ params, ...said }) => {
  const translations = Object.fromEntries(
    Object.entries(said.translations ?? {}).map(([language, texts]) => [language, { ...texts, params: (texts.params as unknown) ?? {} }])
  ) as Tool['translations'];
  return tool(said.short_name, { ...said, translations, params_schema: { properties: params } });
});

describe('the search', () => {
  const index = new SearchIndex(TOOLS);

  it.each(CASES.cases)('finds by $query as the server does', ({ query, found }) => {
    expect(index.search(query, stemOf).map(({ short_name }) => short_name)).toEqual(found);
  });

  it('finds all with nothing to look for', () => {
    expect(index.search('  ', stemOf)).toHaveLength(TOOLS.length);
  });

  it('counts letters that changed places as one typo', () => {
    expect([distance('grahp', 'graph', 2), distance('grap', 'graph', 2), distance('grixy', 'graph', 2)]).toEqual([1, 1, 3]);
  });
});

it('a tool is shown in the language of the page, as far as it is said in it', () => {
  const [graph, rank] = TOOLS;
  if (!graph || !rank) {
    throw new Error('there are no cases');
  }
  const russian = localised(graph, 'ru-RU');
  expect([russian.title, russian.category]).toEqual(['Построить граф', 'Графы']);
  expect(russian.params_schema.properties).toEqual({ source: { description: 'Из чего строить' } });
  expect(localised(rank, 'ru').category).toBe('Graph');
  expect(localised(graph, 'en')).toBe(graph);
});

it('categories stand in the order of their names, tools without one come last', () => {
  const tools = [tool('b', { category: 'Graph' }), tool('a', { category: 'Graph' }), tool('stray'), tool('c', { category: 'A' })];
  expect(byCategory(tools).map(({ name, tools: members }) => [name, members.map(({ short_name }) => short_name)])).toEqual([
    ['A', ['c']],
    ['Graph', ['a', 'b']],
    ['', ['stray']]
  ]);
});

it('tags are counted, the most frequent first', () => {
  expect(tagsOf([tool('a', { tags: ['x', 'y', 'y'] }), tool('b', { tags: ['y'] })])).toEqual([
    { name: 'y', count: 2 },
    { name: 'x', count: 1 }
  ]);
});
