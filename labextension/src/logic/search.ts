/** Ranked search over tools: every word must be found somewhere, and where it is found decides the rank. */

import type { Tool } from '../api/types';
import { isObject } from './json';

interface Field {
  weight: number;
  text: string;
}

const WHOLE = 3;
const START = 2;
const INSIDE = 1;

export function searchTools(tools: readonly Tool[], query: string): Tool[] {
  const words = wordsOf(query);
  if (words.length === 0) {
    return [...tools];
  }
  return tools
    .map(tool => ({ tool, score: scoreOf(tool, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.tool.title.localeCompare(b.tool.title))
    .map(({ tool }) => tool);
}

function scoreOf(tool: Tool, words: readonly string[]): number {
  const fields = fieldsOf(tool);
  let sum = 0;
  for (const word of words) {
    const best = Math.max(...fields.map(field => field.weight * matchOf(field.text, word)));
    if (best <= 0) {
      return 0;
    }
    sum += best;
  }
  return sum;
}

function matchOf(text: string, word: string): number {
  if (!text.includes(word)) {
    return 0;
  }
  const words = text.split(/[^\p{L}\p{N}]+/u);
  if (words.includes(word)) {
    return WHOLE;
  }
  return words.some(other => other.startsWith(word)) ? START : INSIDE;
}

function fieldsOf(tool: Tool): Field[] {
  const properties = isObject(tool.params_schema.properties) ? tool.params_schema.properties : {};
  const params = Object.entries(properties).flatMap(([name, schema]) =>
    isObject(schema) ? [name, schema.title, schema.description] : [name]
  );
  return [
    { weight: 8, text: plain(`${tool.short_name} ${tool.title}`) },
    { weight: 5, text: plain(tool.tags.join(' ')) },
    { weight: 4, text: plain(tool.category) },
    { weight: 3, text: plain(tool.description) },
    { weight: 1, text: plain(params.filter(text => typeof text === 'string').join(' ')) }
  ];
}

function wordsOf(query: string): string[] {
  return plain(query)
    .split(/\s+/)
    .filter(word => word !== '');
}

function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll('ё', 'е').replaceAll('_', ' ');
}

export interface Category {
  name: string;
  tools: Tool[];
}

/** Tools by category, in the order of the names; tools without one come last. */
export function byCategory(tools: readonly Tool[]): Category[] {
  const groups = new Map<string, Tool[]>();
  for (const tool of tools) {
    groups.set(tool.category, [...(groups.get(tool.category) ?? []), tool]);
  }
  return [...groups]
    .map(([name, members]) => ({ name, tools: members.sort((a, b) => a.short_name.localeCompare(b.short_name)) }))
    .sort((a, b) => Number(a.name === '') - Number(b.name === '') || a.name.localeCompare(b.name));
}
