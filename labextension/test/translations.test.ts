import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Gettext } from '@jupyterlab/translation/lib/gettext';
import ts from 'typescript';
import { describe, expect, it, vi } from 'vitest';

import { SERVER_TEXTS } from '../src/serverText';

const SOURCES = join(__dirname, '..', 'src');
const LOCALE = join(__dirname, '..', '..', 'jupyter_toolrunner', 'locale', 'ru_RU', 'LC_MESSAGES', 'jupyter_toolrunner.json');

interface Text {
  text: string;
  /** Whether the text depends on a number. */
  plural: boolean;
  place: string;
}

/** Every text of the sources that is shown to a person. */
function textsOf(path: string): Text[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf-8'), ts.ScriptTarget.ESNext, true);
  const found: Text[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.expression.getText() === 'trans') {
      const inContext = node.expression.name.text === '_p';
      const [context, first] = inContext ? node.arguments : [undefined, node.arguments[0]];
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      if (!first || !ts.isStringLiteralLike(first) || (context && !ts.isStringLiteralLike(context))) {
        throw new Error(`${path}:${line + 1}: a text must be written where it is translated`);
      }
      found.push({ text: context ? `${context.text}\u0004${first.text}` : first.text, plural: node.expression.name.text === '_n', place: `${path}:${line + 1}` });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Every text of the settings schema: members that Lab shows. */
function textsOfSchema(path: string): Text[] {
  const found: Text[] = [];
  JSON.parse(readFileSync(path, 'utf-8'), (key, value: unknown) => {
    if (['title', 'description', 'label', 'jupyter.lab.setting-icon-label'].includes(key) && typeof value === 'string') {
      found.push({ text: value, plural: false, place: path });
    }
    return value;
  });
  return found;
}

const texts = readdirSync(SOURCES, { recursive: true, encoding: 'utf-8' })
  .filter(name => /\.tsx?$/.test(name) && name !== 'translation.ts')
  .flatMap(name => textsOf(join(SOURCES, name)))
  .concat(SERVER_TEXTS.map(text => ({ text, plural: false, place: 'src/serverText.ts' })))
  .concat(textsOfSchema(join(__dirname, '..', 'schema', 'settings.json')));
const catalog = JSON.parse(readFileSync(LOCALE, 'utf-8')) as Record<string, unknown>;

function placeholders(text: string): string[] {
  return [...new Set(text.match(/%\d/g) ?? [])].sort();
}

describe('every text', () => {
  it('is translated into Russian', () => {
    const missing = texts.filter(({ text }) => !(text in catalog)).map(({ text, place }) => `${JSON.stringify(text)} (${place})`);
    expect(missing).toEqual([]);
  });

  it('has as many forms as its language needs, each with the same places for values', () => {
    for (const { text, plural } of texts.filter(found => found.text in catalog)) {
      const forms = catalog[text] as string[];
      expect([text, forms.length]).toEqual([text, plural ? 3 : 1]);
      for (const form of forms) {
        const wanted = plural ? placeholders(text).filter(place => place !== '%1') : placeholders(text);
        expect([form, placeholders(form).filter(place => !plural || place !== '%1')]).toEqual([form, wanted]);
      }
    }
  });

  it('that is translated still stands in the sources', () => {
    const used = new Set(texts.map(({ text }) => text));
    expect(Object.keys(catalog).filter(text => text !== '' && !used.has(text))).toEqual([]);
  });
});

describe('Lab', () => {
  it('reads the catalog as it reads those of its language packs', () => {
    // The server hands the file on as it is; Lab takes the plural rule from `plural_forms`.
    const { '': head, ...messages } = catalog as { '': { language: string; plural_forms: string } };
    // Its constructor asks the page for its language.
    vi.stubGlobal('document', { documentElement: { getAttribute: () => 'ru-RU' } });
    const gettext = new Gettext({ locale: 'ru-RU', domain: 'jupyter_toolrunner' });
    gettext.loadJSON({ ...messages, '': { language: head.language, pluralForms: head.plural_forms } } as never, 'jupyter_toolrunner');
    expect(gettext.__('Succeeded')).toBe('Успешно');
    expect([1, 3, 5, 21].map(n => gettext._n('%1 tool', '%1 tools', n))).toEqual([
      '1 инструмент',
      '3 инструмента',
      '5 инструментов',
      '21 инструмент'
    ]);
  });
});
