/** Tools by what they have in common. */

import type { Tool } from '../api/types';

export interface Category {
  readonly name: string;
  readonly tools: readonly Tool[];
}

/** Tools by category, in the order of the names; tools without one come last. */
export function byCategory(tools: readonly Tool[]): Category[] {
  const groups = new Map<string, Tool[]>();
  for (const tool of tools) {
    const group = groups.get(tool.category);
    if (group) {
      group.push(tool);
    } else {
      groups.set(tool.category, [tool]);
    }
  }
  const collator = new Intl.Collator(undefined, { numeric: true });
  return [...groups]
    .map(([name, members]) => ({
      name,
      tools: members.sort((a, b) => collator.compare(a.short_name, b.short_name) || collator.compare(a.name, b.name))
    }))
    .sort((a, b) => Number(a.name === '') - Number(b.name === '') || collator.compare(a.name, b.name));
}

export interface Tag {
  readonly name: string;
  readonly count: number;
}

/** Every tag with how many tools bear it, the most frequent first. */
export function tagsOf(tools: readonly Tool[]): Tag[] {
  const counts = new Map<string, number>();
  for (const tag of tools.flatMap(tool => [...new Set(tool.tags)])) {
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}
