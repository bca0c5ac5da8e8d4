/** Where the state of a view is: in a model of the kernel while that lives, else in the output of the notebook. */

import { Signal, type ISignal } from '@lumino/signaling';

import type { ErrorDetail, Priority } from '../api/types';
import { Model } from '../models/model';
import type { ViewState } from './viewState';

/** A message to the kernel. */
export interface Asked {
  readonly type: 'submit';
  /** As JSON. */
  readonly values: string;
  readonly priority: Priority;
}

export abstract class Bond extends Model {
  private readonly _refused = new Signal<this, ErrorDetail>(this);

  abstract get state(): ViewState;
  abstract set(change: Partial<ViewState>): void;

  /** Ask the kernel for something; nothing happens where there is none. */
  abstract ask(message: Asked): void;

  /** Why the kernel did not do what it was asked for. */
  get refused(): ISignal<this, ErrorDetail> {
    return this._refused;
  }

  protected refuse(detail: ErrorDetail): void {
    this._refused.emit(detail);
  }

  /** Whether a kernel has the state. */
  abstract get isLive(): boolean;
}
