import { describe, expect, it } from 'vitest';

import type { Tool } from '../src/api/types';
import { byCategory, searchTools } from '../src/logic/search';

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
    path: null,
    error: null,
    notice: null,
    source: null,
    ...more
  };
}

const TOOLS = [
  tool('graph_visualizer', { description: 'Draw a graph', tags: ['picture'], category: 'Graph' }),
  tool('calculate_pagerank', { description: 'Rank the nodes of a graph', params_schema: { properties: { damping: { description: 'how likely' } } }, category: 'Graph' }),
  tool('glossary', { title: 'Глоссарий', description: 'Собрать ёмкие слова', category: 'Text' })
];

function names(query: string): string[] {
  return searchTools(TOOLS, query).map(({ short_name }) => short_name);
}

describe('the search', () => {
  it('puts a match in the name before one in the description', () => {
    expect(names('graph')).toEqual(['graph_visualizer', 'calculate_pagerank']);
  });

  it('wants every word somewhere', () => {
    expect(names('graph rank')).toEqual(['calculate_pagerank']);
    expect(names('graph nothing')).toEqual([]);
  });

  it('looks at tags and parameters', () => {
    expect(names('picture')).toEqual(['graph_visualizer']);
    expect(names('damping')).toEqual(['calculate_pagerank']);
  });

  it('finds Russian in any case, and е for ё', () => {
    expect(names('ГЛОССАРИЙ')).toEqual(['glossary']);
    expect(names('емкие')).toEqual(['glossary']);
  });

  it('finds all with nothing to look for', () => {
    expect(names('  ')).toHaveLength(3);
  });
});

it('categories stand in the order of their names, tools without one come last', () => {
  expect(byCategory([...TOOLS, tool('stray')]).map(({ name, tools }) => [name, tools.length])).toEqual([
    ['Graph', 2],
    ['Text', 1],
    ['', 1]
  ]);
});
