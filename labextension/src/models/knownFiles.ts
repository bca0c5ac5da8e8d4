/** What files are called that values name by their ids. */

import type { ApiClient } from '../api/client';
import type { ArtifactId, FoundArtifact } from '../api/types';
import { trans } from '../translation';

type Known = Partial<FoundArtifact>;

export class KnownFiles {
  private readonly _known = new Map<ArtifactId, Known>();
  private readonly _asked = new Map<ArtifactId, (() => void)[]>();

  constructor(private readonly _client: ApiClient) {}

  remember(id: ArtifactId, found: Known): void {
    this._known.set(id, found);
  }

  /** Undefined until it is known; then `onKnown` is called once. */
  describe(id: ArtifactId, onKnown: () => void): Known | undefined {
    const known = this._known.get(id);
    if (known === undefined) {
      const waiting = this._asked.get(id);
      if (waiting) {
        waiting.push(onKnown);
      } else {
        this._asked.set(id, [onKnown]);
        void this._ask(id);
      }
    }
    return known;
  }

  private async _ask(id: ArtifactId): Promise<void> {
    try {
      this._known.set(id, await this._client.describeArtifact(id));
    } catch {
      this._known.set(id, { name: trans.__('A file that is not there any more') });
    }
    const waiting = this._asked.get(id) ?? [];
    this._asked.delete(id);
    waiting.forEach(tell => tell());
  }
}
