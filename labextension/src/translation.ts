/** The texts of this extension in the language of the page. Set once, before anything is drawn. */

import { nullTranslator, type ITranslator, type TranslationBundle } from '@jupyterlab/translation';

export const DOMAIN = 'jupyter_toolrunner';

let bundle: TranslationBundle = nullTranslator.load(DOMAIN);
let language = 'en';

/** Members of a schema that a person reads. */
const SHOWN = new Set(['title', 'description', 'label', 'jupyter.lab.setting-icon-label']);

export function setTranslator(translator: ITranslator): void {
  try {
    bundle = translator.load(DOMAIN);
  } catch (error) {
    // A language pack that is not well made costs its language and nothing else.
    console.warn('The texts could not be translated', error);
  }
  const code = translator.languageCode.replace('_', '-');
  language = code === 'default' || code === '' ? 'en' : code;
}

/** Texts from a catalogue of our own, where the application has none. */
export function setCatalogue(code: string, texts: TranslationBundle): void {
  bundle = texts;
  language = code;
}

/** A settings schema with its texts in the language of the page: Lab's server knows none but its own. */
export function translateSchema<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    SHOWN.has(key) && typeof value === 'string' && value !== '' ? bundle.__(value) : value
  ) as T;
}

/** A text of the server, which is known only when it comes. */
export function translateTemplate(template: string, values: readonly string[]): string {
  return bundle.__(template, ...values);
}

export function locale(): string {
  return language;
}

export const trans = {
  __(text: string, ...args: unknown[]): string {
    return bundle.__(text, ...args);
  },
  /** `%1` is the number. */
  _n(one: string, many: string, n: number, ...args: unknown[]): string {
    return bundle._n(one, many, n, ...args);
  },
  _p(context: string, text: string, ...args: unknown[]): string {
    return bundle._p(context, text, ...args);
  }
};
