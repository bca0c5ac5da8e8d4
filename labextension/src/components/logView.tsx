/** A log: sticks to its end until one scrolls, then says how many lines are new. */

import { useMemo, useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';

import { formatNumber } from '../format';
import { levelOf, plainLine, spansOf, type Level } from '../logic/log';
import type { LogModel } from '../models/log';
import { useModel } from '../models/model';
import { trans } from '../translation';
import { Button, IconButton, Notice } from './basics';
import { CaretIcon, CopyIcon, DownIcon, DownloadIcon, SearchIcon, ToEndIcon, UpIcon, WrapIcon } from './icons';
import { useSettings } from './settings';
import { Windowed, type WindowHandle } from './windowed';

const ROW = 18;
const GUTTER = 72;
/** A line longer than this is cut on the screen; copies and downloads have it whole. */
const LONGEST = 10_000;

export interface LogViewProps {
  log: LogModel | null;
  running: boolean;
  /** Docked below the page, where it can be folded. */
  onFold?: () => void;
  folded?: boolean;
  download: (url: string) => void;
  copy: (text: string) => void;
}

export function LogView(props: LogViewProps): ReactElement {
  if (!props.log) {
    return (
      <section className="trn-log" aria-label={trans.__('Log')}>
        <div className="trn-log-bar">
          <h2>{trans.__('Log')}</h2>
          <span className="trn-grow" />
          <FoldButton {...props} />
        </div>
        {!props.folded && <Notice>{trans.__('The log begins when the run starts.')}</Notice>}
      </section>
    );
  }
  return <Log key={`${props.log.run}:${props.log.attempt ?? ''}`} {...props} log={props.log} />;
}

function FoldButton(props: LogViewProps): ReactElement | null {
  return props.onFold ? (
    <IconButton label={props.folded ? trans.__('Show the log') : trans.__('Fold the log')} onClick={props.onFold}>
      <CaretIcon open={!props.folded} />
    </IconButton>
  ) : null;
}

function Log(props: LogViewProps & { log: LogModel }): ReactElement {
  const { log } = props;
  const version = useModel(log);
  const { buffer } = log;
  const [stick, setStick] = useState(true);
  const [seen, setSeen] = useState(0);
  const settings = useSettings();
  const [wrap, setWrap] = useState(settings.values.wrapLog);
  const [found, setFound] = useState(0);
  const [columns, setColumns] = useState(120);
  const handle = useRef<WindowHandle | null>(null);
  const length = buffer.length;
  const total = buffer.dropped + length;
  const fresh = total - seen;
  const matches = log.matches;
  const current = matches[Math.min(found, matches.length - 1)];
  const tops = useWrappedTops(log, version, wrap ? columns : null);

  const onStick = (sticky: boolean): void => {
    if (sticky !== stick) {
      setStick(sticky);
      setSeen(total);
    }
  };
  const goTo = (index: number): void => {
    const at = (index + matches.length) % Math.max(1, matches.length);
    setFound(at);
    const line = matches[at];
    if (line !== undefined) {
      setStick(false);
      setSeen(total);
      handle.current?.scrollToRow(line);
    }
  };
  const onSearchKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') {
      event.preventDefault();
      goTo(event.shiftKey ? found - 1 : found + 1);
    }
  };
  const search = (query: string): void => {
    log.search(query);
    setFound(0);
    const [line] = log.matches;
    if (line !== undefined) {
      setStick(false);
      setSeen(total);
      handle.current?.scrollToRow(line);
    }
  };
  const drawRows = (from: number, to: number): ReactNode => {
    const rows: ReactNode[] = [];
    for (let i = from; i < to; i++) {
      rows.push(
        <LogLine
          key={buffer.dropped + i}
          text={buffer.line(i)}
          number={buffer.tailOnly ? null : buffer.numberOf(i)}
          query={log.query}
          current={i === current && log.query !== ''}
        />
      );
    }
    return rows;
  };
  return (
    <section className="trn-log" aria-label={trans.__('Log')} data-wrap={wrap || undefined}>
      <div className="trn-log-bar">
        <h2>{trans.__('Log')}</h2>
        <span className="trn-quiet trn-log-facts">{logFacts(log, total)}</span>
        <span className="trn-grow" />
        {!props.folded && (
          <>
            <div className="trn-search trn-log-search">
              <SearchIcon />
              <input
                type="search"
                value={log.query}
                placeholder={trans.__('Find in log')}
                aria-label={trans.__('Find in log')}
                spellCheck={false}
                onChange={event => search(event.currentTarget.value)}
                onKeyDown={onSearchKey}
              />
            </div>
            {log.query !== '' && (
              <>
                <span className="trn-quiet" role="status">
                  {matches.length === 0 ? trans.__('not found') : trans.__('%1 of %2', formatNumber(Math.min(found, matches.length - 1) + 1), formatNumber(matches.length))}
                </span>
                <IconButton label={trans.__('Previous match')} disabled={matches.length === 0} onClick={() => goTo(found - 1)}>
                  <UpIcon />
                </IconButton>
                <IconButton label={trans.__('Next match')} disabled={matches.length === 0} onClick={() => goTo(found + 1)}>
                  <DownIcon />
                </IconButton>
              </>
            )}
            <IconButton label={trans.__('Wrap long lines')} pressed={wrap} onClick={() => setWrap(!wrap)}>
              <WrapIcon />
            </IconButton>
            <IconButton label={trans.__('Copy the log')} onClick={() => props.copy(log.text())}>
              <CopyIcon />
            </IconButton>
            <IconButton label={trans.__('Download the log')} onClick={() => props.download(log.url)}>
              <DownloadIcon />
            </IconButton>
          </>
        )}
        <FoldButton {...props} />
      </div>
      {!props.folded && (
        <div className="trn-log-body">
          <Windowed
            count={length}
            rowHeight={ROW}
            topOf={tops}
            label={trans.__('Lines of the log')}
            className="trn-log-lines"
            sticky={stick}
            onStick={onStick}
            handle={handle}
            onWidth={width => setColumns(Math.max(20, Math.floor((width - GUTTER) / 7.25)))}
            draw={drawRows}
          />
          {length === 0 && (log.received || props.running) && (
            <Notice>{buffer.ended || !props.running ? trans.__('The tool wrote nothing to its log.') : trans.__('Nothing was written yet.')}</Notice>
          )}
          {!stick && (
            <div className="trn-log-more">
              <Button icon={<ToEndIcon />} onClick={() => setStick(true)}>
                {fresh > 0 ? trans._n('%1 new line', '%1 new lines', fresh) : trans.__('To the end')}
              </Button>
            </div>
          )}
        </div>
      )}
    </section>
  );
}

function logFacts(log: LogModel, total: number): string {
  const { buffer } = log;
  if (buffer.tailOnly) {
    return trans.__('The end is shown; the download has all.');
  }
  const lines = trans._n('%2 line', '%2 lines', total, formatNumber(total));
  return buffer.dropped > 0 ? trans.__('%1. The end is shown; the download has all.', lines) : lines;
}

/** Tops of wrapped rows; undefined where lines are not wrapped. */
function useWrappedTops(log: LogModel, version: number, columns: number | null): ((index: number) => number) | undefined {
  return useMemo(() => {
    if (columns === null) {
      return undefined;
    }
    const tops: number[] = [0];
    let top = 0;
    for (const line of log.buffer.lines()) {
      const length = Math.min(plainLine(line).length, LONGEST);
      top += ROW * Math.max(1, Math.ceil(length / columns));
      tops.push(top);
    }
    return (index: number) => tops[Math.min(index, tops.length - 1)] ?? 0;
    // The version stands for the lines, which are the same array all the time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [log, version, columns]);
}

function LogLine(props: { text: string; number: number | null; query: string; current: boolean }): ReactElement {
  const { text, query } = props;
  const level: Level = levelOf(text);
  const cut = text.length > LONGEST;
  const spans = spansOf(cut ? text.slice(0, LONGEST) : text);
  return (
    <div className="trn-log-line" data-level={level ?? undefined} data-current={props.current || undefined}>
      <span className="trn-log-number">{props.number === null ? '' : formatNumber(props.number)}</span>
      <span className="trn-log-text">
        {spans.map((span, i) => (
          <span key={i} className={span.className || undefined}>
            {marked(span.text, query)}
          </span>
        ))}
        {cut && <span className="trn-quiet"> {trans.__('… %1 more characters', formatNumber(text.length - LONGEST))}</span>}
      </span>
    </div>
  );
}

/** The text with what was searched for marked. */
function marked(text: string, query: string): ReactNode {
  if (query === '') {
    return text;
  }
  const parts: ReactNode[] = [];
  const low = text.toLowerCase();
  const wanted = query.toLowerCase();
  let from = 0;
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + wanted.length)}</mark>);
    from = at + wanted.length;
  }
  parts.push(text.slice(from));
  return parts;
}
