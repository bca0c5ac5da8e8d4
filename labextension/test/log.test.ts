import { describe, expect, it } from 'vitest';

import { cutBytes, linksOf, LogBuffer, levelOf, plainLine, spansOf, type LogPart } from '../src/logic/log';

const encoder = new TextEncoder();

function part(text: string, offset: number): LogPart {
  return { offset, next: offset + encoder.encode(text).length, text };
}

function linesOf(buffer: LogBuffer): string[] {
  return [...buffer.lines()];
}

describe('a log', () => {
  it('is its parts one after the other, also where a part ends within a line', () => {
    const buffer = new LogBuffer();
    buffer.add(part('one\ntw', 0));
    buffer.add(part('o\nthree', 6));
    expect(linesOf(buffer)).toEqual(['one', 'two', 'three']);
    expect(buffer.length).toBe(3);
  });

  it('has no line twice when a part comes again', () => {
    const buffer = new LogBuffer();
    buffer.add(part('one\ntwo\n', 0));
    expect(buffer.add(part('one\ntwo\n', 0))).toBe('known');
    expect(linesOf(buffer)).toEqual(['one', 'two']);
  });

  it('takes of an overlapping part only what is new, counted in bytes', () => {
    const buffer = new LogBuffer();
    buffer.add(part('привет\n', 0));
    expect(buffer.add(part('вет\nмир 🎈\n', 6))).toBe('added');
    expect(linesOf(buffer)).toEqual(['привет', 'мир 🎈']);
  });

  it('says where a hole is, and goes on when it is filled', () => {
    const buffer = new LogBuffer();
    buffer.add(part('one\n', 0));
    expect(buffer.add(part('three\n', 8))).toBe('gap');
    expect(buffer.next).toBe(4);
    buffer.add(part('two\nthree\n', 4));
    expect(linesOf(buffer)).toEqual(['one', 'two', 'three']);
  });

  it('is whole whatever the parts, their order of sizes and their repetitions', () => {
    const text = Array.from({ length: 200 }, (_, i) => `line ${i} – ${'é'.repeat(i % 7)}\n`).join('');
    const bytes = encoder.encode(text);
    const starts = Array.from(text).reduce<number[]>((found, char) => [...found, (found.at(-1) ?? 0) + encoder.encode(char).length], [0]);
    const buffer = new LogBuffer();
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    while (buffer.next < bytes.length) {
      // After a lost connection the server is asked from `next`; now and then it sends older bytes again.
      const from = starts.filter(start => start <= buffer.next).at(-1 - random(5)) ?? 0;
      const to = starts.filter(start => start >= from).at(random(40)) ?? bytes.length;
      buffer.add({ offset: from, next: to, text: new TextDecoder().decode(bytes.subarray(from, to)) });
    }
    expect(`${linesOf(buffer).join('\n')}\n`).toBe(text);
  });

  it('overwrites a line after a carriage return, as a terminal does', () => {
    const buffer = new LogBuffer();
    buffer.add(part(' 10%\r 50%\r100%\ndone\r\nlonger\rXY\n', 0));
    expect(linesOf(buffer)).toEqual(['100%', 'done', 'XYnger']);
  });

  it('overwrites across parts', () => {
    const buffer = new LogBuffer();
    buffer.add(part(' 10%', 0));
    expect(linesOf(buffer)).toEqual([' 10%']);
    buffer.add(part('\r 20%', 4));
    expect(linesOf(buffer)).toEqual([' 20%']);
  });

  it('keeps the end of a log that is too long, and the numbers of its lines', () => {
    const buffer = new LogBuffer(100_000);
    for (let i = 0; i < 20_000; i++) {
      buffer.add(part(`line ${i + 1} \n`, buffer.next));
    }
    expect(buffer.dropped).toBeGreaterThan(0);
    expect(buffer.line(buffer.length - 1)).toBe('line 20000 ');
    expect(buffer.line(0)).toBe(`line ${buffer.numberOf(0)} `);
  });

  it('begins with any line whose place is known', () => {
    const buffer = new LogBuffer();
    buffer.startAt(1_000_000, 40_000);
    expect(buffer.add(part('late\n', 1_000_000))).toBe('added');
    expect([linesOf(buffer), buffer.numberOf(0)]).toEqual([['late'], 40_001]);
  });

  it('says what could not be kept', () => {
    const buffer = new LogBuffer();
    buffer.add(part('one', 0));
    buffer.skipTo(10, '[7 B were not kept]');
    buffer.add(part('two\n', 10));
    expect(linesOf(buffer)).toEqual(['one', '[7 B were not kept]', 'two']);
  });
});

describe('a line', () => {
  it('has its ANSI colours as classes and no other control sequence', () => {
    expect(spansOf('\u001b[1;31mred\u001b[0m plain \u001b[2K\u001b]0;title\u0007end')).toEqual([
      { text: 'red', className: 'trn-bold trn-ansi-red' },
      { text: ' plain ', className: '' },
      { text: 'end', className: '' }
    ]);
  });

  it('has of 256 colours and of millions the nearest that can be read in every theme', () => {
    expect(spansOf('\u001b[38;5;196ma\u001b[38;2;1;2;3mb\u001b[48;2;0;0;255mc\u001b[49;32;7md')).toEqual([
      { text: 'a', className: 'trn-ansi-red' },
      { text: 'b', className: '' },
      { text: 'c', className: 'trn-ansi-bg-blue' },
      { text: 'd', className: 'trn-ansi-green trn-inverse' }
    ]);
  });

  it('has no overrides of the direction of writing', () => {
    expect(spansOf('abc\u202egpj.exe')[0]?.text).toBe('abcgpj.exe');
  });

  it('has links for addresses of the web alone', () => {
    expect(linksOf('see https://example.org/a?b=1#c). or javascript:alert(1) file:///etc')).toEqual([
      { text: 'see ', href: null },
      { text: 'https://example.org/a?b=1#c', href: 'https://example.org/a?b=1#c' },
      { text: '). or javascript:alert(1) file:///etc', href: null }
    ]);
  });

  it('keeps markup as text', () => {
    expect(spansOf('<script>alert(1)</script>')[0]?.text).toBe('<script>alert(1)</script>');
  });

  it('is plain when copied', () => {
    expect(plainLine('\u001b[32mok\u001b[0m\u0000')).toBe('ok');
  });

  it('says its level', () => {
    expect(levelOf('2026-11-22 WARNING low')).toBe('warning');
    expect(levelOf('Traceback (most recent call last):')).toBe('error');
    expect(levelOf("KeyError: 'x'")).toBe('error');
    expect(levelOf('no errors found')).toBeNull();
  });
});

it('a text is cut by bytes', () => {
  expect(cutBytes('éa', 2)).toBe('a');
});
