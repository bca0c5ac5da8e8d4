/** What every field of a form needs besides its value. */

import type { ArtifactId, ArtifactPage, FoundArtifact } from '../../api/types';
import type { FormModel } from '../../models/form';
import type { KnownRuns } from '../../models/knownRuns';
import type { UploadsModel } from '../../models/uploads';

export interface FormServices {
  /** Ask for a file or folder in Lab's own dialog; null where none was chosen or there is no file browser. */
  browse: ((folder: boolean) => Promise<string | null>) | null;
  /** Whether files of the server can be named by their ids; else by their paths alone. */
  readonly takesFiles: boolean;
  /** Artifacts of runs that succeeded, newest first. */
  findArtifacts(query: { accept: string; name: string; cursor?: string }): Promise<ArtifactPage>;
  /** What is known of an artifact; asked for where nothing is, and told then. */
  describe(id: ArtifactId, onKnown: () => void): Partial<FoundArtifact> | undefined;
  remember(id: ArtifactId, found: Partial<FoundArtifact>): void;
  /** Runs that values name, and that one may wait for. */
  readonly runs: KnownRuns;
  readonly uploads: UploadsModel;
  /** What tells the form from all others. */
  readonly formKey: string;
  /** The run's page. */
  openRun(id: string): void;
}

export interface FormContext {
  model: FormModel;
  services: FormServices;
  /** The model's, so that a change of it is a change of this. */
  version: number;
}

/** `root_a_0` is where rjsf draws the field of path `a.0`; a name may itself have an underscore, a root has none. */
function idOfPath(root: string, path: string): string {
  return path === '' ? root : `${root}_${path.split('.').join('_')}`;
}

export function labelId(id: string): string {
  return `${id}__label`;
}

export function helpId(id: string): string {
  return `${id}__help`;
}

export function errorId(id: string): string {
  return `${id}__error`;
}

/** What is wrong with a field; `within` also with a part of its value, where parts have no fields of their own. */
export function problemAt(model: FormModel, id: string, within = false): string | undefined {
  const { root } = model;
  // Ids are as long as paths: `trn-form_a_b` is `a.b`, or the field `a_b`.
  const end = id.length - root.length - 1;
  for (const [path, text] of model.problems) {
    if (idOfPath(root, path) === id) {
      return text;
    }
    if (within && path[end] === '.' && idOfPath(root, path.slice(0, end)) === id) {
      return `${path.slice(end + 1)}: ${text}`;
    }
  }
  return undefined;
}
