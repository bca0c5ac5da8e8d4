/** Views of the history under names, kept with the person. */

import { isObject } from '../logic/json';
import { Model } from './model';
import type { PreferencesModel } from './preferences';

export interface SavedView {
  name: string;
  /** As in an address. */
  query: string;
}

const KEY = 'history.views';
export const LONGEST_NAME = 60;
const MOST = 100;

interface Kept {
  views: SavedView[];
  default: string | null;
}

export class SavedViewsModel extends Model {
  constructor(private readonly _preferences: PreferencesModel) {
    super();
    _preferences.changed.connect(this._tell, this);
  }

  get loaded(): boolean {
    return this._preferences.loaded;
  }

  get views(): readonly SavedView[] {
    return this._kept(this._preferences.get(KEY)).views;
  }

  /** The view that a new page opens with. */
  get default(): SavedView | null {
    const kept = this._kept(this._preferences.get(KEY));
    return kept.views.find(view => view.name === kept.default) ?? null;
  }

  /** Under a name that is taken, in the place of what had it. */
  save(name: string, query: string): Promise<void> {
    const view = { name: name.trim().slice(0, LONGEST_NAME), query };
    return this._change(kept => ({
      ...kept,
      views: kept.views.some(known => known.name === view.name)
        ? kept.views.map(known => (known.name === view.name ? view : known))
        : [...kept.views, view].slice(-MOST)
    }));
  }

  rename(name: string, to: string): Promise<void> {
    const wanted = to.trim().slice(0, LONGEST_NAME);
    return this._change(kept => ({
      views: kept.views.filter(view => view.name !== wanted || wanted === name).map(view => (view.name === name ? { ...view, name: wanted } : view)),
      default: kept.default === name ? wanted : kept.default
    }));
  }

  delete(name: string): Promise<void> {
    return this._change(kept => ({
      views: kept.views.filter(view => view.name !== name),
      default: kept.default === name ? null : kept.default
    }));
  }

  setDefault(name: string | null): Promise<void> {
    return this._change(kept => ({ ...kept, default: name }));
  }

  override dispose(): void {
    this._preferences.changed.disconnect(this._tell, this);
    super.dispose();
  }

  private _tell(): void {
    this.notify();
  }

  private _change(change: (kept: Kept) => Kept): Promise<void> {
    return this._preferences.update(KEY, value => change(this._kept(value)));
  }

  private _kept(value: unknown): Kept {
    const views = isObject(value) && Array.isArray(value.views) ? value.views : [];
    return {
      views: views.filter((view): view is SavedView => isObject(view) && typeof view.name === 'string' && typeof view.query === 'string'),
      default: isObject(value) && typeof value.default === 'string' ? value.default : null
    };
  }
}
