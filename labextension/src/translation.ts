/** The texts of this extension in the language of the page. Set once, before anything is drawn. */

import { nullTranslator, type ITranslator, type TranslationBundle } from '@jupyterlab/translation';

export const DOMAIN = 'jupyter_toolrunner';

let bundle: TranslationBundle = nullTranslator.load(DOMAIN);
let language = 'en';

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
