/** Addresses of what Lab shows; `plugins/permalink.ts` opens them. */

import { PageConfig, URLExt } from '@jupyterlab/coreutils';

import type { Run } from './api/types';

/** Where Lab itself is. */
export function labUrl(): string {
  return URLExt.join(PageConfig.getBaseUrl(), 'lab');
}

export function permalinkOf(run: Run, line?: number): string {
  return linkTo('toolrunner-run', run.id) + (line === undefined ? '' : `#L${line}`);
}

export function historyLink(view: string): string {
  return linkTo('toolrunner-history', view);
}

function linkTo(word: string, value: string): string {
  return `${labUrl()}?${word}=${encodeURIComponent(value)}`;
}
