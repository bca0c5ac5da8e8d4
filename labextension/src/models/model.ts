/** What a model is to the components: something that says when it changed. */

import { Signal, type ISignal } from '@lumino/signaling';
import { useCallback, useSyncExternalStore } from 'react';

export class Model {
  private readonly _changed = new Signal<this, void>(this);
  private _version = 0;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Grows with every change. */
  get version(): number {
    return this._version;
  }

  dispose(): void {
    Signal.clearData(this);
  }

  protected notify(): void {
    this._version += 1;
    this._changed.emit();
  }
}

/** Draw again whenever the model changes. */
export function useModel(model: Model): number {
  const subscribe = useCallback(
    (draw: () => void) => {
      const slot = (): void => draw();
      model.changed.connect(slot);
      return () => model.changed.disconnect(slot);
    },
    [model]
  );
  return useSyncExternalStore(subscribe, () => model.version);
}
