/** The bytes of an artifact, fetched once while its preview is open. */

import { useEffect, useState } from 'react';

import type { ApiClient } from '../api/client';
import type { Artifact } from '../api/types';
import { failureOf, type Failure } from '../models/failure';

export interface Loaded<T> {
  value: T | null;
  failure: Failure | null;
}

export function useLoaded<T>(load: (() => Promise<T>) | null, key: string): Loaded<T> {
  const [state, setState] = useState<Loaded<T> & { key: string }>({ value: null, failure: null, key });
  useEffect(() => {
    let current = true;
    if (load) {
      load().then(
        value => current && setState({ value, failure: null, key }),
        (error: unknown) => current && setState({ value: null, failure: failureOf(error), key })
      );
    }
    return () => {
      current = false;
    };
    // The key stands for the call, which is a new function at each drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  return state.key === key ? state : { value: null, failure: null };
}

export function useText(client: ApiClient, artifact: Artifact, wanted = true): Loaded<string> {
  return useLoaded(wanted ? async () => (await client.artifact(artifact.id)).text() : null, `${artifact.id}:${wanted}`);
}
