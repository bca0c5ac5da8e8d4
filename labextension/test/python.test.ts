import { describe, expect, it } from 'vitest';

import { pythonLines } from '../src/logic/python';

function classes(source: string): [string, string][][] {
  return pythonLines(source).map(line => line.filter(({ className }) => className !== '').map(({ text, className }) => [text, className.replace('trn-py-', '')]));
}

describe('a source in Python', () => {
  it('has its words, texts, numbers and comments in colour', () => {
    expect(classes("@tool\ndef f(n=3): return 'it\\'s'  # why")).toEqual([
      [['@tool', 'decorator']],
      [
        ['def', 'word'],
        ['3', 'number'],
        ['return', 'word'],
        ["'it\\'s'", 'string'],
        ['# why', 'comment']
      ]
    ]);
  });

  it('has a text over several lines as one', () => {
    expect(classes('x = r"""one # not\n two """ + y # yes')).toEqual([
      [['r"""one # not', 'string']],
      [
        [' two """', 'string'],
        ['# yes', 'comment']
      ]
    ]);
  });

  it('is whole, whatever it is', () => {
    const source = '"""\n\'\\\n"\'#\n\tdef <script> 0x1F 🎈 "unclosed\n\'\'\'';
    expect(pythonLines(source).map(line => line.map(({ text }) => text).join('')).join('\n')).toBe(source);
  });
});
