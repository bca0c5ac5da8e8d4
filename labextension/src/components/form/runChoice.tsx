/** One run in a list to choose from, and the search for it. */

import { useEffect, useRef, useState, type ReactElement } from 'react';

import type { Run } from '../../api/types';
import { formatAgo, shortName, statusText } from '../../format';
import { isFinal } from '../../logic/merge';
import { failureOf, type Failure } from '../../models/failure';
import { Mark } from '../icons';

/** After a key, so that many of them are one question. */
const PAUSE_MS = 150;

export function RunChoice(props: { run: Run }): ReactElement {
  const { run } = props;
  const when = isFinal(run.status) ? formatAgo(run.finished_at ?? run.created_at) : run.owner;
  return (
    <>
      <Mark status={run.status} reused={Boolean(run.reused)} />
      <span className="trn-chosen-name">
        <span className="trn-cut" title={run.tool}>
          #{run.number} {shortName(run.tool)}
        </span>
        <span className="trn-quiet">{[statusText(run), when].join(' · ')}</span>
      </span>
    </>
  );
}

/** What is found for these words; null until the first answer is here. */
export function useFound<T>(words: string, look: (words: string) => Promise<T>): { found: T | null; failure: Failure | null; again: () => void } {
  const [found, setFound] = useState<T | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [round, setRound] = useState(0);
  const latest = useRef(look);
  latest.current = look;
  useEffect(() => {
    let meant = true;
    const timer = window.setTimeout(
      () =>
        void latest.current(words).then(
          answer => {
            if (meant) {
              setFound(answer);
              setFailure(null);
            }
          },
          (error: unknown) => meant && setFailure(failureOf(error))
        ),
      words === '' ? 0 : PAUSE_MS
    );
    return () => {
      meant = false;
      window.clearTimeout(timer);
    };
  }, [words, round]);
  return { found, failure, again: () => setRound(round + 1) };
}
