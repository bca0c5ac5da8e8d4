/**
 * A run's log as lines, out of parts that may overlap, come twice or leave a hole.
 *
 * Memory is bounded: the oldest lines go when there are too many bytes, and the number of the first line that is left is known.
 */

export interface LogPart {
  offset: number;
  next: number;
  text: string;
  end?: boolean;
}

/** What came of a part: `gap` says that bytes before it are missing, and that the log must be asked for from `next`. */
export type Taken = 'added' | 'known' | 'gap';

const KEEP_BYTES = 8_000_000;
const DROP_LINES = 5_000;

export class LogBuffer {
  /** Where the next part must begin, in bytes. */
  next = 0;
  /** Number of lines before the first that is kept: they went to keep the memory bounded, or were never asked for. */
  dropped = 0;
  ended = false;

  private readonly _lines: string[] = [];
  private _open = new OpenLine();
  /** Characters of the kept lines. */
  private _size = 0;

  constructor(private readonly _keep = KEEP_BYTES) {}

  /** Complete lines and the one that is still being written. */
  get length(): number {
    return this._lines.length + (this._open.isEmpty ? 0 : 1);
  }

  line(index: number): string {
    return index < this._lines.length ? (this._lines[index] ?? '') : this._open.text;
  }

  /** Number of a kept line in the whole log, from 1. */
  numberOf(index: number): number {
    return this.dropped + index + 1;
  }

  *lines(): Generator<string> {
    yield* this._lines;
    if (!this._open.isEmpty) {
      yield this._open.text;
    }
  }

  /** Begin with this line, whose first byte is known. */
  startAt(offset: number, line: number): void {
    this.next = offset;
    this.dropped = line;
  }

  add(part: LogPart): Taken {
    if (part.offset > this.next) {
      return 'gap';
    }
    this.ended = this.ended || part.end === true;
    if (part.next <= this.next) {
      return part.end ? 'added' : 'known';
    }
    const text = part.offset === this.next ? part.text : cutBytes(part.text, this.next - part.offset);
    this.next = part.next;
    this._append(text);
    this._shrink();
    return 'added';
  }

  /** Go on behind bytes that can no longer be had; a line says so. */
  skipTo(offset: number, notice: string): void {
    this._append(`${this._open.isEmpty ? '' : '\n'}${notice}\n`);
    this.next = offset;
  }

  private _append(text: string): void {
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      this._open.write(text.slice(from, at));
      this._lines.push(this._open.text);
      // What is kept is counted, not what came: a line that was written again and again is kept once.
      this._size += this._open.text.length + 1;
      this._open = new OpenLine();
      from = at + 1;
    }
    this._open.write(text.slice(from));
  }

  private _shrink(): void {
    while (this._size > this._keep && this._lines.length > DROP_LINES) {
      const gone = this._lines.splice(0, DROP_LINES);
      this._size -= gone.reduce((sum, line) => sum + line.length + 1, 0);
      this.dropped += gone.length;
    }
  }
}

/** The line that is being written: a carriage return goes back to its start, and what follows overwrites it. */
class OpenLine {
  private _text = '';
  private _column = 0;

  get text(): string {
    return this._text;
  }

  get isEmpty(): boolean {
    return this._text === '';
  }

  write(text: string): void {
    const parts = text.split('\r');
    parts.forEach((part, index) => {
      if (index > 0) {
        this._column = 0;
      }
      this._overwrite(part);
    });
  }

  private _overwrite(part: string): void {
    if (part === '') {
      return;
    }
    // Colours take no room on the screen, so a coloured line is replaced as a whole.
    const rest = this._column === 0 && (part + this._text).includes('\u001b') ? '' : this._text.slice(this._column + part.length);
    this._text = this._text.slice(0, this._column) + part + rest;
    this._column += part.length;
  }
}

/** The text without its first bytes. */
export function cutBytes(text: string, bytes: number): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(bytes));
}

export interface Span {
  text: string;
  className: string;
}

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
 
const ESCAPES = /\u001b(?:\[([0-9;:?]*)([A-Za-z@`~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
 
/** Overrides of the direction go too: they show another text than the one that was written. */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f\u202d\u202e]/g;

/** A line as pieces with a class each: ANSI colours become classes, all other control sequences go. */
export function spansOf(line: string): Span[] {
  if (!line.includes('\u001b')) {
    return [{ text: line.replace(CONTROLS, ''), className: '' }];
  }
  const spans: Span[] = [];
  let style = new Map<string, string>();
  let from = 0;
  const push = (text: string): void => {
    const clean = text.replace(CONTROLS, '');
    if (clean !== '') {
      spans.push({ text: clean, className: [...style.values()].join(' ') });
    }
  };
  for (const match of line.matchAll(ESCAPES)) {
    push(line.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === 'm') {
      style = restyle(style, match[1] ?? '');
    }
  }
  push(line.slice(from));
  return spans;
}

/** The line as a person reads it. */
export function plainLine(line: string): string {
  return line.includes('\u001b') ? line.replace(ESCAPES, '').replace(CONTROLS, '') : line.replace(CONTROLS, '');
}

function restyle(before: Map<string, string>, codes: string): Map<string, string> {
  const style = new Map(before);
  const numbers = codes.split(/[;:]/).map(Number);
  for (let i = 0; i < numbers.length; i++) {
    const code = numbers[i] ?? 0;
    if (code === 0) {
      style.clear();
    } else if (code >= 1 && code <= 4) {
      style.set(`face${code}`, ['trn-bold', 'trn-faint', 'trn-italic', 'trn-underline'][code - 1] ?? '');
    } else if (code === 22) {
      style.delete('face1');
      style.delete('face2');
    } else if (code === 23 || code === 24) {
      style.delete(`face${code - 20}`);
    } else if (code === 7) {
      style.set('inverse', 'trn-inverse');
    } else if (code === 27) {
      style.delete('inverse');
    } else if (code === 38 || code === 48) {
      const [colour, used] = ofPalette(numbers.slice(i + 1));
      set(style, code === 38 ? 'colour' : 'ground', colour);
      i += used;
    } else if (code === 39 || code === 49) {
      style.delete(code === 39 ? 'colour' : 'ground');
    } else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) {
      set(style, 'colour', COLOURS[code % 10] ?? null);
    } else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) {
      set(style, 'ground', COLOURS[code % 10] ?? null);
    }
  }
  return style;
}

function set(style: Map<string, string>, part: 'colour' | 'ground', colour: string | null): void {
  if (colour === null || colour === 'black' || colour === 'white') {
    // The theme's own: one of the two would be unreadable in each theme.
    style.delete(part);
  } else {
    style.set(part, `${part === 'colour' ? 'trn-ansi' : 'trn-ansi-bg'}-${colour}`);
  }
}

const LEVELS = [0, 95, 135, 175, 215, 255];

/** The nearest colour that is readable in every theme, and how many numbers said so. */
function ofPalette(numbers: readonly number[]): [string | null, number] {
  const [kind, first = 0, second = 0, third = 0] = numbers;
  if (kind === 2) {
    return [nearest(first, second, third), 4];
  }
  if (kind !== 5) {
    return [null, 0];
  }
  if (first < 16) {
    return [COLOURS[first % 8] ?? null, 2];
  }
  const cube = first - 16;
  const level = (step: number): number => LEVELS[Math.floor(cube / step) % 6] ?? 0;
  return [first > 231 ? null : nearest(level(36), level(6), level(1)), 2];
}

function nearest(red: number, green: number, blue: number): string | null {
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  if (most - least < 40) {
    return null;
  }
  const middle = (most + least) / 2;
  return COLOURS[(red > middle ? 1 : 0) + (green > middle ? 2 : 0) + (blue > middle ? 4 : 0)] ?? null;
}

/** Pieces of a text that are addresses of the web, and what is between them. */
export function linksOf(text: string): { text: string; href: string | null }[] {
  if (!text.includes('://')) {
    return [{ text, href: null }];
  }
  const found: { text: string; href: string | null }[] = [];
  let from = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"'`|\\^{}\u007f-\u00a0\u2000-\u206f]+/g)) {
    // What ends a sentence is no part of an address.
    const href = match[0].replace(/[.,;:!?)\]]+$/, '');
    found.push({ text: text.slice(from, match.index), href: null }, { text: href, href });
    from = match.index + href.length;
  }
  found.push({ text: text.slice(from), href: null });
  return found.filter(piece => piece.text !== '');
}

const WARNING = /\b(?:WARN(?:ING)?|[A-Za-z]+Warning)\b/;
const ERROR = /^(?:Traceback \(most recent call last\)|[\w.]+(?:Error|Exception)\b)|\b(?:ERROR|CRITICAL|FATAL)\b/;

export type Level = 'error' | 'warning' | null;

export function levelOf(line: string): Level {
  const start = line.slice(0, 400);
  if (ERROR.test(start)) {
    return 'error';
  }
  return WARNING.test(start) ? 'warning' : null;
}
