/** The language of the browser, for pages whose application knows none. */

import { Gettext } from '@jupyterlab/translation';

import { DOMAIN, setCatalogue } from '../translation';

/** Catalogues by the language that they are in. */
const CATALOGUES: Record<string, () => Promise<{ default: Catalogue }>> = {
  ru: () => import('toolrunner-catalogue-ru')
};

interface Catalogue {
  readonly '': { readonly language: string; readonly domain: string; readonly plural_forms: string };
  readonly [text: string]: unknown;
}

export function speakAsBrowser(): Promise<void> {
  return speak(navigator.language.split('-')[0] ?? '');
}

/** English where there are no texts in the language. */
export async function speak(language: string): Promise<void> {
  try {
    const found = await CATALOGUES[language]?.();
    if (found) {
      const { '': head, ...texts } = found.default;
      const bundle = new Gettext({ domain: DOMAIN, locale: head.language });
      bundle.loadJSON({ ...texts, '': { ...head, pluralForms: head.plural_forms } }, DOMAIN);
      setCatalogue(language, bundle);
    }
  } catch (error) {
    console.warn('The texts could not be loaded', error);
  }
}
