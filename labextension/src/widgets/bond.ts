/** Where the state of a view is: in a model of the kernel while that lives, else in the output of the notebook. */

import { Model } from '../models/model';
import type { ViewState } from './viewState';

export abstract class Bond extends Model {
  abstract get state(): ViewState;
  abstract set(change: Partial<ViewState>): void;

  /** Ask the kernel for something; false where there is none to ask. */
  abstract ask(message: { readonly type: string; readonly [name: string]: string }): boolean;

  /** Whether a kernel has the state. */
  abstract get isLive(): boolean;
}
