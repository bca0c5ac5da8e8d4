/** Tables, paged from the server: only the rows in sight are fetched and drawn. */

import { useCallback, useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';

import type { TablePage } from '../api/types';
import { FailureNotice, Loading } from '../components/basics';
import { Windowed } from '../components/windowed';
import { formatNumber } from '../format';
import { showValue } from '../logic/json';
import { failureOf, type Failure } from '../models/failure';
import { trans } from '../translation';
import type { Preview, PreviewProps } from './registry';

const ROW = 24;
const PAGE = 200;
const CELL = 200;
const NUMBERS = 64;
const COLUMN = 120;
const TABLES = /^text\/(csv|tab-separated-values)$|parquet|arrow/;

function TablePreview({ artifact, client }: PreviewProps): ReactElement {
  const pages = useRef(new Map<number, TablePage>());
  const asked = useRef(new Set<number>());
  const [, redraw] = useState(0);
  const [failure, setFailure] = useState<Failure | null>(null);
  const fetchPage = useCallback(
    async (page: number) => {
      if (asked.current.has(page)) {
        return;
      }
      asked.current.add(page);
      try {
        pages.current.set(page, await client.table(artifact.id, page * PAGE, PAGE));
        setFailure(null);
      } catch (error) {
        asked.current.delete(page);
        setFailure(failureOf(error));
      }
      redraw(n => n + 1);
    },
    [client, artifact.id]
  );
  useEffect(() => {
    pages.current.clear();
    asked.current.clear();
    void fetchPage(0);
  }, [fetchPage]);
  const onRange = useCallback(
    (from: number, to: number) => {
      for (let page = Math.floor(from / PAGE); page <= Math.floor(to / PAGE); page++) {
        // Where the rows are not counted, a full page may be followed by another.
        const before = pages.current.get(page - 1);
        if (page === 0 || (before ? before.rows.length === PAGE : page * PAGE < to)) {
          void fetchPage(page);
        }
      }
    },
    [fetchPage]
  );
  const first = pages.current.get(0);
  if (failure && !first) {
    return <FailureNotice failure={failure} onRetry={() => void fetchPage(0)} />;
  }
  if (!first) {
    return <Loading>{trans.__('Loading %1', artifact.name)}</Loading>;
  }
  const loaded = loadedRows(pages.current);
  const count = first.total ?? loaded;
  const open = first.total === null && loaded > 0 && loaded % PAGE === 0;
  const template = `${NUMBERS}px repeat(${first.columns.length}, minmax(0, 1fr))`;
  // Head and rows are boxes of their own and must come to one width.
  const minWidth = NUMBERS + first.columns.length * COLUMN;
  const draw = (from: number, to: number): ReactNode => {
    const rows: ReactNode[] = [];
    for (let i = from; i < to; i++) {
      const row = pages.current.get(Math.floor(i / PAGE))?.rows[i % PAGE];
      rows.push(
        <div key={i} className="trn-table-row" role="row" aria-rowindex={i + 2} style={{ gridTemplateColumns: template, minWidth }}>
          <span role="rowheader" className="trn-table-number">
            {formatNumber(i + 1)}
          </span>
          {first.columns.map((_, c) => (
            <Cell key={c} value={row?.[c]} numeric={isNumberType(first.types[c])} missing={row === undefined} />
          ))}
        </div>
      );
    }
    return rows;
  };
  return (
    <div className="trn-table">
      <p className="trn-table-facts trn-quiet">
        {open
          ? trans.__('First %1 rows shown; more as you scroll', formatNumber(count))
          : trans._n('%2 row', '%2 rows', count, formatNumber(count))}
        {' · '}
        {trans._n('%1 column', '%1 columns', first.columns.length)}
      </p>
      <div className="trn-table-frame">
        <Windowed
          count={count}
          rowHeight={ROW}
          label={artifact.name}
          className="trn-table-rows"
          table={{ rows: count + 1, columns: first.columns.length + 1 }}
          onRange={onRange}
          header={
            <div className="trn-table-row trn-table-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template, minWidth }}>
              <span role="columnheader" className="trn-table-number">
                <span className="trn-sr">{trans.__('Row')}</span>
              </span>
              {first.columns.map((column, c) => (
                <span key={c} role="columnheader" data-number={isNumberType(first.types[c]) || undefined} title={`${column}: ${first.types[c] ?? ''}`}>
                  {column}
                </span>
              ))}
            </div>
          }
          draw={draw}
        />
      </div>
    </div>
  );
}

function loadedRows(pages: ReadonlyMap<number, TablePage>): number {
  let rows = 0;
  for (const page of pages.values()) {
    rows = Math.max(rows, page.offset + page.rows.length);
  }
  return rows;
}

function isNumberType(type: string | undefined): boolean {
  return type !== undefined && /int|float|double|decimal|number/i.test(type);
}

function Cell(props: { value: unknown; numeric: boolean; missing: boolean }): ReactElement {
  const { value } = props;
  if (props.missing) {
    return <span role="cell" className="trn-faint" />;
  }
  if (value === null || value === undefined) {
    return (
      <span role="cell" className="trn-null">
        {trans.__('none')}
      </span>
    );
  }
  const text = showValue(value);
  return (
    <span role="cell" data-number={props.numeric || typeof value === 'number' || undefined} title={text.length > 24 ? text.slice(0, 2000) : undefined}>
      {text.length > CELL ? `${text.slice(0, CELL)}…` : text}
    </span>
  );
}

export const tablePreview: Preview = {
  name: 'table',
  title: () => trans.__('Table'),
  accepts: ({ media_type, metadata }) =>
    TABLES.test(media_type) || (media_type === 'application/json' && (metadata.rows !== undefined || metadata.kind === 'table')),
  component: TablePreview
};
