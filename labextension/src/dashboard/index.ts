/** A published notebook in a page of its own: what stands in it already comes to life, without a kernel. */

import { keepTheme } from './theme';

async function open(): Promise<void> {
  keepTheme();
  const button = document.querySelector<HTMLButtonElement>('#trn-live');
  button?.addEventListener('click', () => void import('./livePage').then(({ startLive }) => startLive(button)));
  if (document.querySelector('.trn-view, .trn-chart')) {
    const { enliven } = await import('./views');
    await enliven(document.body.dataset.baseUrl ?? '/');
  }
}

void open();
