/** Where the server is, and the texts of our views in the language of the page. Nothing is asked before this. */

import { PageConfig } from '@jupyterlab/coreutils';

import { speak } from '../widgets/language';

let ready: Promise<void> | null = null;

export function learnLanguage(baseUrl: string): Promise<void> {
  PageConfig.setOption('baseUrl', baseUrl);
  ready ??= speak(document.documentElement.lang);
  return ready;
}
