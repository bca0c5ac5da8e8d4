/** What a person chose in Lab's settings; the defaults where Lab has none. */

import { Model } from './model';

export type Announced = 'all' | 'failed' | 'never';
export type AfterRun = 'front' | 'background' | 'none';
export type Density = 'compact' | 'comfortable';

/** The settings by the names that the schema gives them. */
export interface Settings {
  readonly notifications: Announced;
  readonly desktopNotifications: boolean;
  readonly openRun: AfterRun;
  readonly wrapLog: boolean;
  readonly density: Density;
}

export const DEFAULTS: Settings = {
  notifications: 'all',
  desktopNotifications: false,
  openRun: 'front',
  wrapLog: false,
  density: 'compact'
};

/** Height of a row of a list. */
const ROW_HEIGHTS: Record<Density, number> = { compact: 28, comfortable: 36 };

export class SettingsModel extends Model {
  private _settings = DEFAULTS;

  get values(): Settings {
    return this._settings;
  }

  get rowHeight(): number {
    return ROW_HEIGHTS[this._settings.density];
  }

  /** What is absent has its default; the registry has held the rest to the schema. */
  set(values: Partial<Settings>): void {
    this._settings = { ...DEFAULTS, ...values };
    this.notify();
  }
}
