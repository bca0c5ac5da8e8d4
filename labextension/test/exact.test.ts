import { describe, expect, it } from 'vitest';

import { digitsOf, isBigInteger, parseExact, parseInteger, parseNumber, stringifyExact } from '../src/logic/exact';

describe('numbers', () => {
  it('are read from text, and text that is none stays text', () => {
    expect(parseInteger(' 42 ')).toBe(42);
    expect(parseInteger('-7')).toBe(-7);
    expect(parseInteger('007')).toBe(7);
    for (const text of ['', 'abc', '1.5', '1e3', '0x10', '1 000', '--1']) {
      expect(parseInteger(text)).toBeUndefined();
    }
    expect(parseNumber('1e-08')).toBe(1e-8);
    expect(parseNumber('.5')).toBe(0.5);
    for (const text of ['', '1e', 'nan', 'Infinity', '1e999', '1,5']) {
      expect(parseNumber(text)).toBeUndefined();
    }
  });

  it('of any size arrive with all their digits', () => {
    const big = parseInteger('123456789012345678901234567890');
    expect(isBigInteger(big) && digitsOf(big)).toBe('123456789012345678901234567890');
    expect(stringifyExact({ n: big, list: [big] })).toBe(
      '{"n":123456789012345678901234567890,"list":[123456789012345678901234567890]}'
    );
  });
});

const NASTY = [
  '', ' ', ' a ', 'a\nb', '\r\n', '\t', '"', "'", '\\', '\\n', '-x', '--', '--help', 'None', 'True', 'null', 'nan', '{}', '[]', '0', '🎈👩‍👩‍👧',
  '\u202Eabc', '\u0000', '\ud800', 'é', 'e\u0301', '<b>&amp;</b>', "__import__('os').system('x')", '{"$toolrunner:int":"5"}', '%s %1 {0}', 'x'.repeat(1_000_000)
];

describe('texts', () => {
  it.each(NASTY.map(text => [text.slice(0, 30), text]))('%j arrives as it is', (_, text) => {
    expect(JSON.parse(stringifyExact({ tool: 't', params: { text, list: [text] } }))).toEqual({
      tool: 't',
      params: { text, list: [text] }
    });
  });
});

describe('JSON that is read exactly', () => {
  it('keeps integers of any size, and no other text or number', () => {
    const text = '{"a":123456789012345678901234567890,"b":[-9007199254740993,1e30,1.5,9007199254740991],"c":"12345678901234567890 \\"99999999999999999999\\""}';
    const value = parseExact(text);
    expect(value).toEqual({
      a: parseInteger('123456789012345678901234567890'),
      b: [parseInteger('-9007199254740993'), 1e30, 1.5, 9007199254740991],
      c: '12345678901234567890 "99999999999999999999"'
    });
    expect(stringifyExact(value)).toBe(text.replace('1e30', '1e+30'));
    expect(stringifyExact({ n: parseInteger('12345678901234567890') }, 2)).toBe('{\n  "n": 12345678901234567890\n}');
  });
  it('refuses what is no JSON', () => {
    expect(() => parseExact('{"a": 99999999999999999999')).toThrow();
  });
});
