/** Previews of artifacts, by media type. Each is one file, loaded when first used; the first that takes an artifact shows it. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ComponentType } from 'react';

import type { ApiClient } from '../api/client';
import type { Artifact } from '../api/types';

export interface PreviewProps {
  artifact: Artifact;
  /** All results of its run. */
  siblings: readonly Artifact[];
  client: ApiClient;
  rendermime: IRenderMimeRegistry | null;
  download: (artifact: Artifact) => void;
  /** To the clipboard; `said` tells that it happened. */
  copy: (text: string, said: string) => void;
}

export interface Preview {
  /** Short and unique. */
  name: string;
  /** What the choice between several previews of one artifact says. */
  title: () => string;
  accepts: (artifact: Artifact, rendermime: IRenderMimeRegistry | null) => boolean;
  /** Bytes beyond which it says that the file is too large; any size where it is left out. */
  largest?: number;
  /** `later` of the file: its bundle is loaded when it is drawn. */
  component: ComponentType<PreviewProps>;
}

export class PreviewRegistry {
  private readonly _previews: Preview[] = [];

  /** A preview that is registered later is asked later. */
  register(preview: Preview): void {
    this._previews.push(preview);
  }

  /** All that can show this artifact, the best first. */
  of(artifact: Artifact, rendermime: IRenderMimeRegistry | null): Preview[] {
    return this._previews.filter(preview => preview.accepts(artifact, rendermime));
  }
}
