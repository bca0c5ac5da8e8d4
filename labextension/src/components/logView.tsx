/** A log: sticks to its end until one scrolls, then says how many lines are new. */

import { memo, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';

import { formatNumber } from '../format';
import { Heights, PAGE } from '../logic/heights';
import { levelOf, linksOf, plainLine, spansOf, type Level } from '../logic/log';
import type { Line, LogModel } from '../models/log';
import { useModel } from '../models/model';
import { trans } from '../translation';
import { Button, FailureNotice, IconButton, Notice } from './basics';
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
  copy: (text: string, whole: boolean) => void;
  /** A line from 1 that a link leads to, and what gives such a link. */
  line?: number | null;
  /** What is said before there is a log. */
  waiting?: string;
  linkLine?: (line: number) => void;
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
        {!props.folded && <Notice>{props.waiting ?? trans.__('The log begins when the run starts.')}</Notice>}
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
  const { log, line: wanted = null, linkLine } = props;
  const version = useModel(log);
  const { buffer, matches, total } = log;
  const [stick, setStick] = useState(wanted === null);
  const [seen, setSeen] = useState(0);
  const settings = useSettings();
  const [wrap, setWrap] = useState(settings.values.wrapLog);
  const [found, setFound] = useState<number | null>(null);
  const [columns, setColumns] = useState(120);
  const handle = useRef<WindowHandle | null>(null);
  const fresh = total - seen;
  const at = Math.min(found ?? 0, Math.max(0, matches.length - 1));
  const current = found === null ? undefined : matches[at];
  const tops = useWrappedTops(log, version, wrap ? columns : null);

  const onStick = (sticky: boolean): void => {
    if (sticky !== stick) {
      setStick(sticky);
      setSeen(total);
    }
  };
  const show = (line: number): void => {
    setStick(false);
    setSeen(total);
    handle.current?.scrollToRow(line);
  };
  const goTo = (index: number): void => {
    const next = (index + matches.length) % Math.max(1, matches.length);
    const line = matches[next];
    if (line !== undefined) {
      setFound(next);
      show(line);
    }
  };
  const onSearchKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') {
      event.preventDefault();
      goTo(at + (event.shiftKey ? -1 : 1));
    }
  };
  const search = (query: string): void => {
    log.search(query);
    setFound(null);
  };
  // The first match is shown as soon as it is known: the server may still look for it.
  const first = matches[0];
  useEffect(() => {
    if (first !== undefined && found === null && log.query !== '') {
      setFound(0);
      show(first);
    }
    // Once for each search; where one stands later is one's own.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [first, log.query]);
  const known = wanted !== null && total >= wanted;
  useEffect(() => {
    if (known) {
      setStick(false);
      handle.current?.scrollToRow(wanted - 1);
    }
  }, [known, wanted]);

  const drawRows = (from: number, to: number): ReactNode => {
    const rows: ReactNode[] = [];
    for (let i = from; i < to; i++) {
      const line = log.line(i);
      rows.push(
        <LogLine
          key={i}
          text={line?.text ?? null}
          more={line?.more ?? 0}
          number={i + 1}
          query={log.query}
          current={(i === current && log.query !== '') || i + 1 === wanted}
          link={linkLine}
        />
      );
    }
    return rows;
  };
  return (
    <section className="trn-log" aria-label={trans.__('Log')} data-wrap={wrap || undefined}>
      <div className="trn-log-bar">
        <h2>{trans.__('Log')}</h2>
        <span className="trn-quiet trn-log-facts">{logFacts(log)}</span>
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
                <span className="trn-quiet trn-log-count" role="status">
                  {countText(log, at)}
                </span>
                <IconButton label={trans.__('Previous match')} disabled={matches.length === 0} onClick={() => goTo(at - 1)}>
                  <UpIcon />
                </IconButton>
                <IconButton label={trans.__('Next match')} disabled={matches.length === 0} onClick={() => goTo(at + 1)}>
                  <DownIcon />
                </IconButton>
              </>
            )}
            <IconButton label={trans.__('Wrap long lines')} pressed={wrap} onClick={() => setWrap(!wrap)}>
              <WrapIcon />
            </IconButton>
            <IconButton label={trans.__('Copy the log')} onClick={() => props.copy(log.text(), log.isWhole)}>
              <CopyIcon />
            </IconButton>
            <IconButton label={trans.__('Download the log')} onClick={() => props.download(log.url)}>
              <DownloadIcon />
            </IconButton>
          </>
        )}
        <FoldButton {...props} />
      </div>
      {!props.folded && log.failure && <FailureNotice failure={log.failure} onRetry={() => log.retry()} />}
      {!props.folded && (
        <div className="trn-log-body">
          <Windowed
            count={total}
            rowHeight={ROW}
            topOf={tops}
            label={trans.__('Lines of the log')}
            className="trn-log-lines"
            sticky={stick}
            onStick={onStick}
            onRange={(from, to) => log.need(from, to)}
            handle={handle}
            onWidth={width => setColumns(Math.max(20, Math.floor((width - GUTTER) / 7.25)))}
            draw={drawRows}
          />
          {total === 0 && (log.received || props.running) && (
            <Notice>{buffer.ended || !props.running ? trans.__('The tool wrote nothing to its log.') : trans.__('Nothing was written yet.')}</Notice>
          )}
          {!stick && (
            <div className="trn-log-more">
              <Button icon={<ToEndIcon />} onClick={() => setStick(true)}>
                {fresh > 0 && seen > 0 ? trans._n('%2 new line', '%2 new lines', fresh, formatNumber(fresh)) : trans.__('To the end')}
              </Button>
            </div>
          )}
        </div>
      )}
    </section>
  );
}

function logFacts(log: LogModel): string {
  const { total } = log;
  const lines = trans._n('%2 line', '%2 lines', total, formatNumber(total));
  return log.isWhole ? lines : trans.__('%1. The end is shown; search covers all.', lines);
}

function countText(log: LogModel, at: number): string {
  const { matches, searching } = log;
  const share = searching === null ? '' : ` · ${Math.floor(searching * 100)}%`;
  if (matches.length === 0) {
    return searching === null ? trans.__('not found') : trans.__('searching') + share;
  }
  const count = formatNumber(matches.length) + (log.tooManyMatches ? '+' : '');
  return trans.__('%1 of %2', formatNumber(at + 1), count) + share;
}

/** Tops of wrapped rows; undefined where lines are not wrapped. */
function useWrappedTops(log: LogModel, version: number, columns: number | null): ((index: number) => number) | undefined {
  const heights = useMemo(() => (columns === null ? null : new Heights(ROW)), [columns]);
  return useMemo(() => {
    if (columns === null || heights === null) {
      return undefined;
    }
    const pages = Math.ceil(log.total / PAGE);
    for (let page = 0; page < pages; page++) {
      const isLast = page === pages - 1;
      if (isLast || !heights.has(page, PAGE)) {
        const lines = log.page(page);
        if (lines !== null) {
          heights.set(page, lines.map(line => rowsOf(line, columns) * ROW));
        }
      }
    }
    return (index: number) => heights.topOf(index);
    // The version stands for the lines.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [log, version, columns, heights]);
}

function rowsOf(line: Line, columns: number): number {
  return Math.max(1, Math.ceil(Math.min(plainLine(line.text).length, LONGEST) / columns));
}

interface LogLineProps {
  /** Null while it is fetched. */
  text: string | null;
  more: number;
  number: number;
  query: string;
  current: boolean;
  link?: (line: number) => void;
}

const LogLine = memo(function LogLine(props: LogLineProps): ReactElement {
  const { query, number, link } = props;
  const text = props.text ?? '';
  const level: Level = levelOf(text);
  const spans = spansOf(text.length > LONGEST ? text.slice(0, LONGEST) : text);
  const more = props.more + Math.max(0, text.length - LONGEST);
  return (
    <div className="trn-log-line" data-level={level ?? undefined} data-current={props.current || undefined} data-wanting={props.text === null || undefined}>
      {link ? (
        <button
          type="button"
          className="trn-log-number"
          data-number={formatNumber(number)}
          title={trans.__('Copy a link to this line')}
          aria-label={trans.__('Copy a link to line %1', formatNumber(number))}
          // A stop at each line would make the log a long way for the Tab key: the one that is looked at has it.
          tabIndex={props.current ? 0 : -1}
          onClick={() => link(number)}
        />
      ) : (
        <span className="trn-log-number" data-number={formatNumber(number)} />
      )}
      <span className="trn-log-text">
        {spans.map((span, i) => (
          <span key={i} className={span.className || undefined}>
            {linksOf(span.text).map((piece, j) =>
              piece.href === null ? (
                <span key={j}>{marked(piece.text, query)}</span>
              ) : (
                <a key={j} href={piece.href} target="_blank" rel="noopener noreferrer">
                  {marked(piece.text, query)}
                </a>
              )
            )}
          </span>
        ))}
        {more > 0 && <span className="trn-quiet"> {trans.__('… %1 more characters', formatNumber(more))}</span>}
      </span>
    </div>
  );
});

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
