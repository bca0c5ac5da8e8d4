/** What previews need of an artifact, fetched while they are open. */

import { useEffect, useState } from 'react';

import type { ApiClient } from '../api/client';
import type { Artifact } from '../api/types';
import { decode } from '../logic/encodings';
import { failureOf, type Failure } from '../models/failure';

const AGAIN_MS = 400;

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

/** The text of a whole artifact, whatever its encoding. */
export function useText(client: ApiClient, artifact: Artifact): Loaded<string> {
  return useLoaded(async () => decode(new Uint8Array(await (await client.artifact(artifact.id)).arrayBuffer())), artifact.id);
}

export interface Made<T> extends Loaded<T> {
  /** Share that the server has done, from 0 to 1. */
  done: number;
}

interface Answer<T> {
  state: 'ready' | 'reading';
  done: number;
  value?: T | null;
}

/** What the server makes of a file first; asked for until it is there. */
export function useMade<T>(ask: () => Promise<Answer<T>>, key: string): Made<T> {
  const [state, setState] = useState<Made<T> & { key: string }>({ value: null, failure: null, done: 0, key });
  useEffect(() => {
    let current = true;
    let timer = 0;
    const look = async (): Promise<void> => {
      try {
        const { done, value } = await ask();
        if (current) {
          setState({ value: value ?? null, failure: null, done, key });
          if (!value) {
            timer = window.setTimeout(() => void look(), AGAIN_MS);
          }
        }
      } catch (error) {
        if (current) {
          setState({ value: null, failure: failureOf(error), done: 0, key });
        }
      }
    };
    void look();
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
    // The key stands for the call, which is a new function at each drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  return state.key === key ? state : { value: null, failure: null, done: 0 };
}
