/** The kernel's models of views, and the views that stand inside of other widgets. */

import { DOMWidgetModel, DOMWidgetView, type ISerializers } from '@jupyter-widgets/base';

import { VERSION } from '../api/version';
import type { ErrorDetail } from '../api/types';
import { isObject } from '../logic/json';
import { Bond, type Asked } from './bond';
import { addLive, removeLive, type LiveModel } from './live';
import { place } from './place';
import { EMPTY, MODULE, NAMES, type ViewState } from './viewState';

class ModelBond extends Bond implements LiveModel {
  private _state: ViewState | null = null;

  constructor(private readonly _model: ViewModel) {
    super();
    _model.on('change comm_live_update', () => {
      this._state = null;
      this.notify();
    });
    _model.on('msg:custom', (message: unknown) => {
      if (isObject(message) && isObject(message.refused)) {
        this.refuse(message.refused as unknown as ErrorDetail);
      }
    });
  }

  get state(): ViewState {
    this._state ??= Object.fromEntries(NAMES.map(name => [name, this._model.get(`_${name}`) as unknown])) as unknown as ViewState;
    return this._state;
  }

  get isLive(): boolean {
    return this._model.comm_live;
  }

  get summary(): Record<string, string> {
    return { 'text/plain': String(this._model.get('_summary_text')), 'text/html': String(this._model.get('_summary_html')) };
  }

  set(change: Partial<ViewState>): void {
    this._model.set(underscored(change));
    if (this.isLive) {
      this._model.save_changes();
    }
  }

  ask(message: Asked): void {
    this._model.send({ ...message }, {});
  }
}

/** As the kernel names them: words of its own that are nobody else's business. */
function underscored(state: Partial<ViewState>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [`_${name}`, value]));
}

export class ViewModel extends DOMWidgetModel {
  static override serializers: ISerializers = { ...DOMWidgetModel.serializers };
  // Backbone initializes before fields are made.
  declare bond: ModelBond;

  override defaults(): ReturnType<DOMWidgetModel['defaults']> {
    return {
      ...super.defaults(),
      ...underscored(EMPTY),
      _summary_text: '',
      _summary_html: '',
      _model_module: MODULE,
      _model_module_version: VERSION,
      _model_name: 'ViewModel',
      _view_module: MODULE,
      _view_module_version: VERSION,
      _view_name: 'View'
    };
  }

  override initialize(attributes: object, options: Parameters<DOMWidgetModel['initialize']>[1]): void {
    super.initialize(attributes, options);
    this.bond = new ModelBond(this);
    addLive(this.model_id, this.bond);
  }

  override close(comm_closed = false): Promise<void> {
    removeLive(this.model_id);
    this.bond.dispose();
    return super.close(comm_closed);
  }
}

export class View extends DOMWidgetView {
  declare model: ViewModel;
  private _unmount: (() => void) | null = null;

  override render(): void {
    super.render();
    void Promise.all([import('./mount'), place.ready]).then(([{ mount }]) => {
      this._unmount = mount(this.el, this.model.bond);
    });
  }

  override remove(): void {
    this._unmount?.();
    super.remove();
  }
}
