/** The models that kernels of this page have, by their ids. */

import { Signal } from '@lumino/signaling';

import type { Bond } from './bond';

export interface LiveModel extends Bond {
  /** The view in other forms, for places that have nothing of ours: by media type. */
  readonly summary: Record<string, string>;
}

const models = new Map<string, LiveModel>();
const added = new Signal<object, string>({});

export function addLive(id: string, model: LiveModel): void {
  models.set(id, model);
  added.emit(id);
}

export function removeLive(id: string): void {
  models.delete(id);
}

/** Never where no kernel has it. */
export function whenLive(id: string, signal: AbortSignal): Promise<LiveModel> {
  return new Promise(done => {
    const look = (): boolean => {
      const model = models.get(id);
      if (model?.isLive) {
        added.disconnect(slot);
        done(model);
        return true;
      }
      return false;
    };
    const slot = (_: object, other: string): void => {
      if (other === id) {
        look();
      }
    };
    if (!look()) {
      added.connect(slot);
      signal.addEventListener('abort', () => added.disconnect(slot));
    }
  });
}
