/** A view in the output of a notebook, with its kernel or without one. */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';

import { Bond } from './bond';
import { whenLive, type LiveModel } from './live';
import { place } from './place';
import { EMPTY, keptState, MIME_TYPE, readState, type ViewState } from './viewState';

/** The model of an output that was just made is there by then; that of an old notebook never comes. */
const PATIENCE_MS = 60;

/** The state as the notebook has it; what is done here is kept in the notebook. */
class KeptBond extends Bond {
  private _state: ViewState = EMPTY;

  constructor(private readonly _keep: (state: ViewState) => void) {
    super();
  }

  get state(): ViewState {
    return this._state;
  }

  get isLive(): boolean {
    return false;
  }

  set(change: Partial<ViewState>): void {
    this._state = { ...this._state, ...change };
    this._keep(this._state);
    this.notify();
  }

  ask(): void {
    // There is nobody to ask.
  }

  take(state: ViewState): void {
    this._state = state;
    this.notify();
  }
}

export class OutputView extends Widget implements IRenderMime.IRenderer {
  private readonly _kept = new KeptBond(state => this._keep(state));
  private _model: IRenderMime.IMimeModel | null = null;
  private _id = '';
  private _live: LiveModel | null = null;
  private _unmount: (() => void) | null = null;
  private _ending = new AbortController();

  constructor() {
    super();
    this.addClass('trn-output');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const state = readState(model.data[MIME_TYPE]);
    this._model = model;
    if (!state) {
      this.node.textContent = textOf(model.data['text/plain']);
      return;
    }
    if (this._unmount && state.model === this._id) {
      if (!this._live) {
        this._kept.take(state);
      }
      return;
    }
    // All that it needs comes at once, not one after the other.
    void import('./mount');
    if (state.kind === 'form') {
      void import('../components/form/toolForm');
    }
    this._id = state.model;
    this._kept.take(state);
    this._ending.abort();
    this._ending = new AbortController();
    const { signal } = this._ending;
    const coming = whenLive(this._id, signal).then(live => this._bind(live));
    await Promise.race([coming, new Promise(done => window.setTimeout(done, PATIENCE_MS))]);
    if (!signal.aborted && !this._live) {
      await this._mount(this._kept);
    }
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._ending.abort();
      this._release();
      this._unmount?.();
      super.dispose();
    }
  }

  private async _bind(live: LiveModel): Promise<void> {
    this._release();
    this._live = live;
    live.changed.connect(this._onLive, this);
    await this._mount(live);
    this._onLive();
  }

  private _release(): void {
    this._live?.changed.disconnect(this._onLive, this);
    this._live = null;
  }

  /** The kernel's state is kept in the notebook; once the kernel is gone, that is what there is. */
  private _onLive(): void {
    const live = this._live;
    if (!live) {
      return;
    }
    if (live.isLive) {
      this._keep(live.state, live.summary);
      return;
    }
    this._release();
    this._kept.take(live.state);
    void this._mount(this._kept);
  }

  private async _mount(bond: Bond): Promise<void> {
    const [{ mount }] = await Promise.all([import('./mount'), place.ready]);
    if (!this.isDisposed && (bond === this._kept || bond === this._live)) {
      this._unmount?.();
      this._unmount = mount(this.node, bond);
    }
  }

  private _keep(state: ViewState, summary: Record<string, string> = {}): void {
    const model = this._model;
    // Voilà hands over the bare data, which nobody keeps.
    if (typeof model?.setData !== 'function') {
      return;
    }
    const kept = keptState(state, this._id);
    const before = JSON.stringify(readState(model.data[MIME_TYPE]));
    const data = { ...model.data, ...summary, [MIME_TYPE]: kept as never };
    if (JSON.stringify(readState(kept)) !== before || Object.entries(summary).some(([type, text]) => model.data[type] !== text)) {
      model.setData({ data });
    }
  }
}

/** Notebooks keep texts as they are, or in lines. */
function textOf(data: unknown): string {
  return Array.isArray(data) ? data.join('') : typeof data === 'string' ? data : '';
}
