/** The bytes of any file, fetched where one looks. */

import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';

import { Button, FailureNotice, Notice } from '../components/basics';
import { DownloadIcon } from '../components/icons';
import { useTallScroll } from '../components/tallScroll';
import { formatBytes } from '../format';
import { rowsInSight } from '../logic/tall';
import { failureOf, type Failure } from '../models/failure';
import { trans } from '../translation';
import type { PreviewProps } from './registry';

const ROW = 18;
const WIDTH = 16;
const PAGE = 16_384;
const KEPT = 32;

export default function HexPreview({ artifact, client, download }: PreviewProps): ReactElement {
  const rows = Math.ceil(artifact.size / WIDTH);
  const scroll = useTallScroll(rows * ROW, 0);
  const pages = useRef(new Map<number, Uint8Array | null>());
  const [, redraw] = useState(0);
  const [failure, setFailure] = useState<Failure | null>(null);
  const fetchPage = useCallback(
    async (page: number) => {
      if (pages.current.has(page)) {
        return;
      }
      pages.current.set(page, null);
      try {
        pages.current.set(page, await client.bytes(artifact.id, page * PAGE, Math.min(artifact.size, (page + 1) * PAGE)));
        for (const old of pages.current.keys()) {
          if (pages.current.size > KEPT && old !== page) {
            pages.current.delete(old);
          }
        }
        setFailure(null);
      } catch (error) {
        pages.current.delete(page);
        setFailure(failureOf(error));
      }
      redraw(n => n + 1);
    },
    [client, artifact.id, artifact.size]
  );
  const [from, to] = rowsInSight(scroll.top, scroll.viewHeight, ROW, rows, 8);
  useEffect(() => {
    for (let page = Math.floor((from * WIDTH) / PAGE); page * PAGE < to * WIDTH; page++) {
      void fetchPage(page);
    }
  }, [fetchPage, from, to]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: ROW, ArrowUp: -ROW, PageDown: scroll.viewHeight, PageUp: -scroll.viewHeight, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      scroll.scrollTo(Math.min(rows * ROW, scroll.top + step));
    }
  };
  const lines: ReactElement[] = [];
  for (let row = from; row < to; row++) {
    const start = row * WIDTH;
    const bytes = pages.current.get(Math.floor(start / PAGE))?.subarray(start % PAGE, (start % PAGE) + WIDTH);
    lines.push(
      <div key={row} className="trn-hex-row" style={{ transform: `translateY(${scroll.place(row * ROW)}px)` }}>
        <span className="trn-hex-at">{start.toString(16).padStart(8, '0')}</span>
        <span>{bytes ? hexOf(bytes) : ''}</span>
        <span className="trn-hex-text">{bytes ? textOf(bytes) : ''}</span>
      </div>
    );
  }
  return (
    <div className="trn-hex">
      <div className="trn-preview-tools">
        <span className="trn-quiet">
          {trans.__('There is no preview for %1: these are its bytes.', artifact.media_type)} {formatBytes(artifact.size)}
        </span>
        <span className="trn-grow" />
        <Button icon={<DownloadIcon />} onClick={() => download(artifact)}>
          {trans.__('Download')}
        </Button>
      </div>
      {failure && <FailureNotice failure={failure} />}
      {artifact.size === 0 ? (
        <Notice>{trans.__('The file is empty.')}</Notice>
      ) : (
        <div ref={scroll.node} className="trn-hex-rows" tabIndex={0} role="region" aria-label={artifact.name} onKeyDown={onKeyDown}>
          <div style={{ height: scroll.height, position: 'relative' }}>{lines}</div>
        </div>
      )}
    </div>
  );
}

export function hexOf(bytes: Uint8Array): string {
  const words = [...bytes].map(byte => byte.toString(16).padStart(2, '0'));
  return `${words.slice(0, 8).join(' ')}  ${words.slice(8).join(' ')}`.padEnd(48);
}

export function textOf(bytes: Uint8Array): string {
  return [...bytes].map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
}
