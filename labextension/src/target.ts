/** What a command is about: its argument, else the row that was clicked with the right button, else the one with the focus. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

/** What rows carry as `data-run`, `data-tool`, `data-artifact`: the id or the name. */
export type Subject = 'run' | 'tool' | 'artifact';

const ARGUMENT: Record<Subject, string> = { run: 'id', tool: 'tool', artifact: 'id' };

/** Null where there is none. */
export function targetOf(app: JupyterFrontEnd, args: ReadonlyPartialJSONObject, subject: Subject): string | null {
  const given = args[ARGUMENT[subject]];
  if (typeof given === 'string' && given !== '') {
    return given;
  }
  const clicked = app.contextMenuHitTest(node => node.dataset[subject] !== undefined);
  const focused = document.activeElement?.closest<HTMLElement>(`[data-${subject}]`);
  return (clicked ?? focused)?.dataset[subject] ?? null;
}
