/**
 * Ranked search over tools: what matches the name best comes first.
 *
 * The same rules stand in `registry/searching.py`, for the command line and Python; both are held to
 * `tests/search_cases.json`. Here they run in the browser, so that each letter typed is answered at once.
 */

import type { Tool } from '../api/types';
import { isObject } from './json';

/** Where a word is found, and what that is worth. */
const NAME = 40;
const TITLE = 30;
const TAGS = 15;
const PARAMS = 8;
const DESCRIPTION = 4;
/** How it is found: as it is, as the beginning of a word, in another form, inside of a word; with typos. */
const WHOLE = 1;
const START = 0.8;
const FORM = 0.6;
const INSIDE = 0.4;
const TYPOS = [0.3, 0.2];
const NAMED = 1000;
const NAMED_FROM_START = 200;
/** Letters from which on a form, a middle and a typo are looked for. */
const FORM_FROM = 4;
const INSIDE_FROM = 3;
const TYPO_FROM = 4;
const TWO_TYPOS_FROM = 8;
const LONGEST_TEXT = 20_000;

/** What the forms of a word have in common. */
export type Stemmer = (word: string) => string;

interface Place {
  readonly tool: number;
  weight: number;
}

/** The texts of many tools, folded once. */
export class SearchIndex {
  private readonly _tools: Tool[];
  private readonly _names: string[][];
  private readonly _titles: string[];
  private readonly _places = new Map<string, Place[]>();
  private readonly _words: string[];

  constructor(tools: readonly Tool[]) {
    this._tools = byTitle(tools);
    this._names = this._tools.map(tool => namesOf(tool));
    this._titles = this._tools.map(tool => fold(tool.title));
    this._tools.forEach((tool, number) => this._add(tool, number));
    this._words = [...this._places.keys()];
  }

  /** Tools in which every word of the query is found, the best first; all of them for an empty query. */
  search(query: string, stem: Stemmer): Tool[] {
    if (query.trim() === '') {
      return [...this._tools];
    }
    const words = wordsOf(query);
    const [first, ...others] = words.map(word => this._found(word, stem));
    if (!first) {
      return [];
    }
    for (const more of others) {
      for (const [number, score] of first) {
        const worth = more.get(number);
        if (worth === undefined) {
          first.delete(number);
        } else {
          first.set(number, score + worth);
        }
      }
    }
    const plain = fold(query.trim());
    return [...first]
      .map(([number, score]) => ({ number, score: score + this._bonus(number, plain) }))
      .sort((a, b) => b.score - a.score || a.number - b.number)
      .flatMap(({ number }) => this._tools[number] ?? []);
  }

  private _add(tool: Tool, number: number): void {
    for (const [weight, text] of fieldsOf(tool)) {
      for (const word of new Set(wordsOf(text))) {
        const places = this._places.get(word);
        const last = places?.at(-1);
        if (!places) {
          this._places.set(word, [{ tool: number, weight }]);
        } else if (last?.tool === number) {
          last.weight = Math.max(last.weight, weight);
        } else {
          places.push({ tool: number, weight });
        }
      }
    }
  }

  private _bonus(number: number, plain: string): number {
    const names = this._names[number] ?? [];
    if (names.includes(plain)) {
      return NAMED;
    }
    const starts = [...names, this._titles[number] ?? ''].some(name => name.startsWith(plain));
    return starts ? NAMED_FROM_START : 0;
  }

  /** What the word is worth in each tool that has it; with typos only where nobody has it. */
  private _found(word: string, stem: Stemmer): Map<number, number> {
    const found = this._worth(other => matchOf(word, other, stem), word, stem);
    return found.size > 0 || word.length < TYPO_FROM ? found : this._misspelt(word);
  }

  private _worth(match: (other: string) => number, word: string, stem: Stemmer): Map<number, number> {
    const best = new Map<number, number>();
    // Most words are neither: those are passed over without a call.
    const beginning = beginningOf(word, stem);
    for (const other of this._words) {
      if (other.includes(word) || (beginning !== '' && other.startsWith(beginning))) {
        this._take(best, other, match(other));
      }
    }
    return best;
  }

  private _misspelt(word: string): Map<number, number> {
    const best = new Map<number, number>();
    const most = word.length >= TWO_TYPOS_FROM ? 2 : 1;
    const pieces = piecesOf(word, 2 * most + 1);
    for (const other of this._words) {
      if (Math.abs(other.length - word.length) <= most && sharesPiece(other, pieces, most)) {
        const edits = distance(word, other, most);
        this._take(best, other, edits <= most ? (TYPOS[edits - 1] ?? 0) : 0);
      }
    }
    return best;
  }

  private _take(best: Map<number, number>, other: string, factor: number): void {
    if (factor === 0) {
      return;
    }
    for (const { tool, weight } of this._places.get(other) ?? []) {
      if (weight * factor > (best.get(tool) ?? 0)) {
        best.set(tool, weight * factor);
      }
    }
  }
}

function beginningOf(word: string, stem: Stemmer): string {
  const common = word.length >= FORM_FROM ? stem(word) : '';
  return common === '' ? '' : common.slice(0, Math.max(3, common.length - 1));
}

function matchOf(word: string, other: string, stem: Stemmer): number {
  if (other.startsWith(word)) {
    return other === word ? WHOLE : START;
  }
  if (word.length >= FORM_FROM && other.startsWith(beginningOf(word, stem)) && stem(other) === stem(word)) {
    return FORM;
  }
  return word.length >= INSIDE_FROM && other.includes(word) ? INSIDE : 0;
}

type Piece = readonly [place: number, letters: string];

/** The word in so many parts, each with its place; empty ones are left out. */
function piecesOf(word: string, count: number): Piece[] {
  const ends = Array.from({ length: count + 1 }, (_, number) => Math.floor((word.length * number) / count));
  return ends.slice(0, -1).flatMap((end, n) => {
    const letters = word.slice(end, ends[n + 1]);
    return letters === '' ? [] : [[end, letters] as const];
  });
}

/** A typo harms two pieces at most, where it exchanges the letters between them: one stands where it stood. */
function sharesPiece(other: string, pieces: readonly Piece[], most: number): boolean {
  return pieces.some(([place, letters]) => {
    const found = other.indexOf(letters, Math.max(0, place - most));
    return found >= 0 && found <= place + most;
  });
}

/** Letters to add, leave out, change or exchange with the next; more than `most` is not counted on. */
export function distance(one: string, other: string, most: number): number {
  let previous: number[] = [];
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, j) => j);
  const at = (line: readonly number[], j: number): number => line[j] ?? Infinity;
  for (let i = 1; i <= one.length; i += 1) {
    [previous, before, row] = [before, row, [i]];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1];
      let cost = Math.min(at(before, j) + 1, at(row, j - 1) + 1, at(before, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        cost = Math.min(cost, at(previous, j - 2) + 1);
      }
      row.push(cost);
    }
    if (Math.min(...row) > most) {
      return most + 1;
    }
  }
  return at(row, other.length);
}

// -- the texts of a tool ---------------------------------------------------------------------------------------------

function namesOf(tool: Tool): string[] {
  return [tool.name, tool.short_name, tool.short_name.split('.').at(-1) ?? ''].map(fold);
}

/** In every language: people search in the one that they think in. */
function fieldsOf(tool: Tool): [number, string][] {
  const translations = Object.values(tool.translations);
  const properties = [
    ...propertiesOf(tool.params_schema),
    ...translations.flatMap(({ params }) => Object.entries(params))
  ];
  const texts = (values: readonly unknown[]): string => values.filter(value => typeof value === 'string').join(' ');
  return [
    [NAME, tool.name],
    [TITLE, texts([tool.title, ...translations.map(({ title }) => title)])],
    [TAGS, texts([...tool.tags, tool.category, ...translations.map(({ category }) => category)])],
    [PARAMS, texts(properties.flatMap(([name, schema]) => [name, schema.title]))],
    [
      DESCRIPTION,
      texts([
        tool.description,
        ...translations.map(({ description }) => description),
        ...properties.map(([, schema]) => schema.description)
      ]).slice(0, LONGEST_TEXT)
    ]
  ];
}

interface Described {
  title?: unknown;
  description?: unknown;
}

/** Properties of a schema and of its sub-commands. */
function propertiesOf(schema: unknown): [string, Described][] {
  if (!isObject(schema)) {
    return [];
  }
  const own = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  const branches = Array.isArray(schema.allOf) ? schema.allOf : [];
  return [
    ...own.flatMap(([name, each]): [string, Described][] => (isObject(each) ? [[name, each]] : [])),
    ...branches.flatMap(branch => (isObject(branch) ? propertiesOf(branch.then) : []))
  ];
}

// -- words -----------------------------------------------------------------------------------------------------------

/** Case, accents and `ё` don't matter; `й` is a letter of its own. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  // Plain text, which is most of it, needs nothing more.
  if (/^[\u0000-\u007f]*$/.test(lower)) {
    return lower;
  }
  return lower.normalize('NFKD').replaceAll('и\u0306', 'й').replace(/\p{M}+/gu, '');
}

function wordsOf(text: string): string[] {
  return fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

function byTitle(tools: readonly Tool[]): Tool[] {
  const keyed = tools.map(tool => ({ tool, title: tool.title.toLowerCase() }));
  keyed.sort((a, b) => compare(a.title, b.title) || compare(a.tool.name, b.tool.name));
  return keyed.map(({ tool }) => tool);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
