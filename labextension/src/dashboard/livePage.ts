/** The button that starts the page with a kernel, and the way back to the stored results when that kernel is gone. */

import { trans } from '../translation';
import { learnLanguage } from './language';

const LOOK_MS = 5_000;

export async function startLive(button: HTMLButtonElement): Promise<void> {
  await learnLanguage(document.body.dataset.baseUrl ?? '/');
  const url = new URL(button.dataset.url ?? '', document.baseURI);
  url.search = window.location.search;
  url.searchParams.set('theme', document.body.dataset.jpThemeLight === 'false' ? 'dark' : 'light');
  button.disabled = true;
  say(trans.__('Starting the live page. The stored results stay until it is there.'));
  const refusal = await refused(url);
  if (refusal) {
    button.disabled = false;
    say(refusal);
    return;
  }
  const frame = document.createElement('iframe');
  frame.title = document.title;
  frame.hidden = true;
  frame.src = url.href;
  frame.addEventListener('load', () => {
    show(frame);
    say(trans.__('The live page: what is changed in it is seen here alone.'));
    watch(frame, () => {
      frame.remove();
      show(null);
      button.disabled = false;
      say(trans.__('The live page has ended. These are the stored results; start it again when it is needed.'));
    });
  });
  document.body.append(frame);
}

async function refused(url: URL): Promise<string | null> {
  try {
    const answer = await fetch(url, { method: 'HEAD' });
    if (answer.ok) {
      return null;
    }
    return answer.status === 503
      ? trans.__('All live pages are in use. These are the stored results; try again when somebody has closed theirs.')
      : trans.__('The live page cannot be started: the server answered %1.', answer.status);
  } catch {
    return trans.__('No connection. These are the stored results.');
  }
}

function show(frame: HTMLIFrameElement | null): void {
  const stored = document.querySelector<HTMLElement>('#trn-stored');
  if (stored) {
    stored.hidden = frame !== null;
  }
  if (frame) {
    frame.hidden = false;
  }
}

/** Calls `ended` once, when the frame's kernel is gone: its server tells nobody by itself. */
function watch(frame: HTMLIFrameElement, ended: () => void): void {
  const base = document.body.dataset.baseUrl ?? '/';
  const kernel = kernelOf(frame);
  const timer = window.setInterval(() => {
    // Without a connection nothing is known of the kernel: the page stays as it is.
    void fetch(`${base}api/kernels/${kernel}`).then(
      answer => answer.status === 404 && stop(),
      () => undefined
    );
  }, LOOK_MS);
  const stop = (): void => {
    window.clearInterval(timer);
    ended();
  };
  if (kernel === '') {
    stop();
  }
}

function kernelOf(frame: HTMLIFrameElement): string {
  const text = frame.contentDocument?.querySelector('#jupyter-config-data')?.textContent ?? '{}';
  try {
    const { kernelId = '' } = JSON.parse(text) as { kernelId?: string };
    return kernelId;
  } catch {
    return '';
  }
}

function say(text: string): void {
  const place = document.querySelector('#trn-state');
  if (place) {
    place.textContent = text;
  }
}
