/** What a view in a notebook shows: the same words in the kernel's model and in the output that stays in the file. */

import { isObject } from '../logic/json';

export const MIME_TYPE = 'application/vnd.toolrunner.view+json';
export const MODULE = 'jupyter-toolrunner-widgets';

export type ViewKind = 'tools' | 'form' | 'run' | 'history' | 'results' | 'queue' | 'batch' | 'workers';

const KINDS: readonly string[] = ['tools', 'form', 'run', 'history', 'results', 'queue', 'batch', 'workers'];

/** JSON travels as text: a page would round its large integers. */
export interface ViewState {
  readonly kind: ViewKind;
  /** Of the server that the kernel talks to; empty where that is not known. */
  readonly instance: string;
  /** How the kernel says where that is. */
  readonly place: string;
  readonly tool: string;
  /** The tool with its schema, as JSON; only a kernel gives it. */
  readonly description: string;
  /** Values of the form that are no secret, as JSON. */
  readonly values: string;
  /** Id of the run that is shown; empty where there is none. */
  readonly run: string;
  /** What was known last of that run as JSON; where a batch is shown, of the batch, also if a run stands below it. */
  readonly snapshot: string;
  /** Filters of the history, as in an address; whose queue it is, `me` or empty for all; the id of the batch. */
  readonly query: string;
  /** Ids of what is selected. */
  readonly selected: readonly string[];
}

export const EMPTY: ViewState = {
  kind: 'run',
  instance: '',
  place: '',
  tool: '',
  description: '',
  values: '{}',
  run: '',
  snapshot: '',
  query: '',
  selected: []
};

export const NAMES = Object.keys(EMPTY) as (keyof ViewState)[];

/** What a notebook keeps of a view, which anybody may have written. Null where it is none of ours. */
export function readState(data: unknown): (ViewState & { model: string }) | null {
  if (!isObject(data) || typeof data.kind !== 'string' || !KINDS.includes(data.kind)) {
    return null;
  }
  const texts = Object.fromEntries(NAMES.filter(name => name !== 'selected').map(name => [name, typeof data[name] === 'string' ? data[name] : EMPTY[name]]));
  const selected = Array.isArray(data.selected) ? data.selected.filter(id => typeof id === 'string') : [];
  // A form that is not the server's own is believed to a kernel alone.
  return { ...EMPTY, ...texts, description: '', selected, model: typeof data.model === 'string' ? data.model : '' };
}

/** What stays in the notebook. */
export function keptState(state: ViewState, model: string): Record<string, unknown> {
  return { ...state, description: '', selected: [...state.selected], model };
}
