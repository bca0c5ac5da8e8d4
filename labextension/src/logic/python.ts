/** Python source in pieces with a class each: enough to read it by, line by line. */

import type { Span } from './log';

const WORDS = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if import in is ' +
    'lambda match case nonlocal not or pass raise return try while with yield'
  ).split(' ')
);
const TOKEN =
  /(#.*)|((?:\b[rbfuRBFU]{1,2})?(?:"""|'''))|((?:\b[rbfuRBFU]{1,2})?(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?))|(@[\w.]+)|(\b\d[\w.]*)|([A-Za-z_]\w*)/g;

/** The lines of a source. A text over several lines is coloured in each. */
export function pythonLines(source: string): Span[][] {
  let open: string | null = null;
  return source.split('\n').map(line => {
    const [spans, left] = pythonLine(line, open);
    open = left;
    return spans;
  });
}

/** One line, where a text with these quotes may be open; and the quotes of the one that is open at its end. */
function pythonLine(line: string, open: string | null): [Span[], string | null] {
  const spans: Span[] = [];
  const push = (text: string, className: string): void => {
    const last = spans.at(-1);
    if (text !== '' && last?.className === className) {
      last.text += text;
    } else if (text !== '') {
      spans.push({ text, className });
    }
  };
  let from = 0;
  let quotes = open;
  while (from < line.length) {
    if (quotes !== null) {
      const end = line.indexOf(quotes, from);
      const to = end < 0 ? line.length : end + quotes.length;
      push(line.slice(from, to), 'trn-py-string');
      from = to;
      quotes = end < 0 ? quotes : null;
      continue;
    }
    TOKEN.lastIndex = from;
    const match = TOKEN.exec(line);
    if (!match) {
      push(line.slice(from), '');
      break;
    }
    push(line.slice(from, match.index), '');
    from = match.index + match[0].length;
    if (match[2] !== undefined) {
      quotes = match[2].slice(-3);
      push(match[0], 'trn-py-string');
    } else {
      push(match[0], classOf(match));
    }
  }
  return [spans, quotes];
}

function classOf([text, comment, , string, decorator, number]: RegExpExecArray): string {
  if (comment !== undefined) {
    return 'trn-py-comment';
  }
  if (string !== undefined) {
    return 'trn-py-string';
  }
  if (decorator !== undefined) {
    return 'trn-py-decorator';
  }
  if (number !== undefined) {
    return 'trn-py-number';
  }
  return WORDS.has(text) ? 'trn-py-word' : '';
}
