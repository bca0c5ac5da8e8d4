/** The settings, for every component of the window. */

import { createContext, useContext } from 'react';

import { useModel } from '../models/model';
import { SettingsModel } from '../models/settings';

export const SettingsContext = createContext(new SettingsModel());

export function useSettings(): SettingsModel {
  const settings = useContext(SettingsContext);
  useModel(settings);
  return settings;
}
