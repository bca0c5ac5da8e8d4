/** What the application of the page gives; in a module of its own, so that nothing else is loaded before the first view. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { CommandRegistry } from '@lumino/commands';

export interface Place {
  /** Lab's, in which our own pages may be. */
  commands: CommandRegistry | null;
  rendermime: IRenderMimeRegistry | null;
  /** When the texts are there. */
  ready: Promise<void>;
}

export const place: Place = { commands: null, rendermime: null, ready: Promise.resolve() };
