/** What the fields of forms share in one window. */

import type { ApiClient } from './api/client';
import type { RunId } from './api/types';
import type { FormServices } from './components/form/context';
import type { EventsConnection } from './models/events';
import { KnownFiles } from './models/knownFiles';
import { KnownRuns } from './models/knownRuns';
import type { UploadsModel } from './models/uploads';

interface Window {
  client: ApiClient;
  events: EventsConnection;
}

export function formServicesOf({ client, events }: Window, uploads: UploadsModel, openRun: (id: RunId) => void, browse: FormServices['browse'] = null): Omit<FormServices, 'formKey'> {
  const files = new KnownFiles(client);
  // Before a form takes the file and the upload is forgotten.
  uploads.changed.connect(() => {
    for (const { id, name, size, state } of uploads.tasks) {
      if (state === 'done' && id !== null) {
        files.remember(id, { name, size });
      }
    }
  });
  return {
    browse,
    takesFiles: true,
    findArtifacts: query => client.findArtifacts(query),
    describe: (id, onKnown) => files.describe(id, onKnown),
    remember: (id, found) => files.remember(id, found),
    runs: new KnownRuns(client, events),
    uploads,
    openRun
  };
}
