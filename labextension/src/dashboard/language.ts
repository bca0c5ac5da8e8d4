/** Where the server is, and the texts of our views in the language of the page. Nothing is asked before this. */

import { PageConfig } from '@jupyterlab/coreutils';
import { TranslationManager } from '@jupyterlab/translation';

import { setTranslator } from '../translation';

const LOCALES: Readonly<Record<string, string>> = { ru: 'ru_RU' };
let ready: Promise<void> | null = null;

export function learnLanguage(baseUrl: string): Promise<void> {
  ready ??= load(baseUrl);
  return ready;
}

async function load(baseUrl: string): Promise<void> {
  PageConfig.setOption('baseUrl', baseUrl);
  const locale = LOCALES[document.documentElement.lang];
  if (locale !== undefined) {
    const manager = new TranslationManager(`${baseUrl}toolrunner/dashboards/-/translations`);
    await manager.fetch(locale);
    setTranslator(manager);
  }
}
