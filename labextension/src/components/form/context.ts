/** What every field of a form needs besides its value. */

import type { ArtifactId } from '../../api/types';
import type { FormModel } from '../../models/form';

/** An earlier artifact that a path field offers. */
export interface ArtifactChoice {
  id: ArtifactId;
  name: string;
  run: string;
}

export interface FormServices {
  /** Ask for a file or folder in Lab's own dialog; null where none was chosen or there is no file browser. */
  browse: ((folder: boolean) => Promise<string | null>) | null;
  /** Artifacts of recent runs of these media types or endings; of all where none are named. */
  artifacts(accepts: readonly string[]): ArtifactChoice[];
  /** The run's page. */
  openRun(id: string): void;
}

export interface FormContext {
  model: FormModel;
  services: FormServices;
  /** The model's, so that a change of it is a change of this. */
  version: number;
}

/** `root_a_0` is where rjsf draws the field of path `a.0`; a name may itself have an underscore. */
export function idOfPath(path: string): string {
  return path === '' ? ROOT : `${ROOT}_${path.split('.').join('_')}`;
}

export const ROOT = 'trn-form';

export function labelId(id: string): string {
  return `${id}__label`;
}

export function helpId(id: string): string {
  return `${id}__help`;
}

export function errorId(id: string): string {
  return `${id}__error`;
}

export function problemAt(model: FormModel, id: string): string | undefined {
  for (const [path, text] of model.problems) {
    if (idOfPath(path) === id) {
      return text;
    }
  }
  return undefined;
}
