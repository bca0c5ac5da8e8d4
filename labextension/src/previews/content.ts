/** What previews need of an artifact, fetched while they are open. */

import { useCallback, useEffect, useState } from 'react';

import type { ApiClient } from '../api/client';
import type { Artifact } from '../api/types';
import { decode } from '../logic/encodings';
import { failureOf, type Failure } from '../models/failure';

const AGAIN_MS = 400;
/** A lost connection is likely to come back: it is asked again by itself. */
const OFFLINE_MS = 3_000;

interface State<T> {
  value: T | null;
  failure: Failure | null;
}

export interface Loaded<T> extends State<T> {
  /** Asks once more after a failure. */
  retry: () => void;
}

export function useLoaded<T>(load: (() => Promise<T>) | null, key: string): Loaded<T> {
  const { value, failure, retry } = useMade(load && (async () => ({ state: 'ready' as const, done: 1, value: await load() })), key);
  return { value, failure, retry };
}

/** The text of a whole artifact, whatever its encoding. */
export async function textOf(client: ApiClient, artifact: Artifact): Promise<string> {
  return decode(new Uint8Array(await (await client.artifact(artifact.id)).arrayBuffer()));
}

export function useText(client: ApiClient, artifact: Artifact): Loaded<string> {
  return useLoaded(() => textOf(client, artifact), artifact.id);
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
export function useMade<T>(ask: (() => Promise<Answer<T>>) | null, key: string): Made<T> {
  const [state, setState] = useState<State<T> & { done: number; key: string }>({ value: null, failure: null, done: 0, key });
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => {
    setState({ value: null, failure: null, done: 0, key });
    setAttempt(before => before + 1);
  }, [key]);
  useEffect(() => {
    if (!ask) {
      return;
    }
    let current = true;
    let timer = 0;
    const look = async (): Promise<void> => {
      const again = (ms: number): void => {
        timer = window.setTimeout(() => void look(), ms);
      };
      try {
        const { state: now, done, value } = await ask();
        if (current) {
          setState({ value: value ?? null, failure: null, done, key });
          if (now === 'reading') {
            again(AGAIN_MS);
          }
        }
      } catch (error) {
        if (current) {
          const failure = failureOf(error);
          setState({ value: null, failure, done: 0, key });
          if (failure.offline) {
            again(OFFLINE_MS);
          }
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
  }, [key, attempt]);
  const { value, failure, done } = state.key === key ? state : { value: null, failure: null, done: 0 };
  return { value, failure, done, retry };
}
