/** A table of any length: only cells in sight are drawn; arrows move, what is chosen can be copied. */

import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type PointerEvent, type ReactElement } from 'react';

import { formatNumber } from '../format';
import { showValue } from '../logic/json';
import { rowsInSight } from '../logic/tall';
import { visible } from '../logic/visible';
import type { TableModel } from '../models/tableData';
import { trans } from '../translation';
import { useTallScroll } from './tallScroll';

const ROW = 24;
const HEADER = 26;
const MARGIN = 8;
const CELL = 200;
const NARROWEST = 56;
const WIDEST = 320;
const MOST_COPIED = 200_000;

interface Place {
  row: number;
  column: number;
}

export interface DataGridProps {
  model: TableModel;
  label: string;
  onChoose: (place: Place) => void;
  /** `copied` of the `wanted` rows are in the text. */
  copy: (text: string, copied: number, wanted: number) => void;
}

export function DataGrid(props: DataGridProps): ReactElement {
  const { model } = props;
  const { head, count } = model;
  const columns = head?.columns ?? [];
  const scroll = useTallScroll(count * ROW, HEADER);
  const widths = useWidths(model);
  const lefts = useMemo(() => widths.of.reduce<number[]>((sums, width) => [...sums, (sums[sums.length - 1] ?? 0) + width], [0]), [widths.of]);
  const [active, setActive] = useState<Place>({ row: 0, column: 0 });
  const [anchor, setAnchor] = useState<Place | null>(null);
  const numbers = Math.max(44, 16 + formatNumber(Math.max(model.head?.read ?? 0, count)).length * 7.5);
  const [from, to] = rowsInSight(scroll.top, scroll.viewHeight, ROW, count, MARGIN);
  const [first, last] = columnsInSight(lefts, scroll.left, scroll.viewWidth - numbers);
  useEffect(() => {
    if (to > from) {
      model.look(from, to);
    }
  }, [model, from, to, head]);

  const choose = (place: Place, extend: boolean): void => {
    const next = { row: clamp(place.row, count), column: clamp(place.column, columns.length) };
    setAnchor(extend ? (anchor ?? active) : null);
    setActive(next);
    props.onChoose(next);
    const top = next.row * ROW;
    if (top < scroll.top) {
      scroll.scrollTo(top);
    } else if (top + ROW > scroll.top + scroll.viewHeight) {
      scroll.scrollTo(top + ROW - scroll.viewHeight);
    }
    const left = lefts[next.column] ?? 0;
    const right = lefts[next.column + 1] ?? left;
    if (left < scroll.left) {
      scroll.scrollToLeft(left);
    } else if (right > scroll.left + scroll.viewWidth - numbers) {
      scroll.scrollToLeft(Math.min(left, right - scroll.viewWidth + numbers));
    }
  };
  const box = boxOf(active, anchor ?? active);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (isCopy(event)) {
      const lines = linesOf(model, box);
      props.copy(lines.join('\n'), lines.length, box.rows[1] - box.rows[0] + 1);
      event.preventDefault();
      return;
    }
    const next = moved(event, active, count, columns.length, Math.max(1, Math.floor(scroll.viewHeight / ROW) - 1));
    if (next && count > 0) {
      event.preventDefault();
      choose(next, event.shiftKey);
    }
  };
  const width = numbers + (lefts[lefts.length - 1] ?? 0);
  const rows: ReactElement[] = [];
  for (let i = from; i < to; i++) {
    const row = model.row(i);
    rows.push(
      <div key={i} className="trn-grid-row" role="row" aria-rowindex={i + 2} style={{ transform: `translateY(${scroll.place(i * ROW)}px)`, width }}>
        <span role="rowheader" className="trn-grid-number" style={{ width: numbers }}>
          {row ? formatNumber(row.number + 1) : ''}
        </span>
        <span role="none" style={{ width: lefts[first] }} className="trn-grid-gap" />
        {columns.slice(first, last).map((_, c) => {
          const column = first + c;
          return (
            <Cell
              key={column}
              id={`${idOf(model)}-${i}-${column}`}
              place={{ row: i, column }}
              value={row?.cells[column]}
              missing={!row}
              numeric={head?.types[column] === 'number'}
              width={widths.of[column] ?? NARROWEST}
              isActive={i === active.row && column === active.column}
              isChosen={anchor !== null && isIn(box, i, column)}
              choose={choose}
            />
          );
        })}
      </div>
    );
  }
  return (
    <div
      ref={scroll.node}
      className="trn-grid"
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={count + 1}
      aria-colcount={columns.length + 1}
      aria-multiselectable="true"
      aria-activedescendant={active.row >= from && active.row < to && columns.length > 0 ? `${idOf(model)}-${active.row}-${active.column}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div className="trn-grid-head" role="row" aria-rowindex={1} style={{ width }}>
        <span role="columnheader" className="trn-grid-number" style={{ width: numbers }}>
          <span className="trn-sr">{trans.__('Row')}</span>
        </span>
        <span role="none" style={{ width: lefts[first] }} className="trn-grid-gap" />
        {columns.slice(first, last).map((name, c) => (
          <Head
            key={first + c}
            name={name}
            type={head?.types[first + c] ?? ''}
            column={first + c}
            model={model}
            width={widths.of[first + c] ?? NARROWEST}
            resize={widths.set}
          />
        ))}
      </div>
      <div className="trn-grid-rows" role="rowgroup" style={{ height: scroll.height, width }}>
        {rows}
      </div>
    </div>
  );
}

const ids = new WeakMap<TableModel, string>();
let lastId = 0;

function idOf(model: TableModel): string {
  const id = ids.get(model) ?? `trn-grid-${(lastId += 1)}`;
  ids.set(model, id);
  return id;
}

function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(value, count - 1));
}

/** The key that says C, or the one in its place where the layout has other letters, as the Russian one. */
function isCopy({ key, code, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return (ctrlKey || metaKey) && (/^c$/i.test(key) || (code === 'KeyC' && !/^[a-z]$/i.test(key)));
}

function moved(event: KeyboardEvent, at: Place, rows: number, columns: number, page: number): Place | null {
  const jump = event.ctrlKey || event.metaKey;
  switch (event.key) {
    case 'ArrowDown':
      return { ...at, row: jump ? rows - 1 : at.row + 1 };
    case 'ArrowUp':
      return { ...at, row: jump ? 0 : at.row - 1 };
    case 'ArrowRight':
      return { ...at, column: jump ? columns - 1 : at.column + 1 };
    case 'ArrowLeft':
      return { ...at, column: jump ? 0 : at.column - 1 };
    case 'PageDown':
      return { ...at, row: at.row + page };
    case 'PageUp':
      return { ...at, row: at.row - page };
    case 'Home':
      return jump ? { row: 0, column: 0 } : { ...at, column: 0 };
    case 'End':
      return jump ? { row: rows - 1, column: columns - 1 } : { ...at, column: columns - 1 };
    default:
      return null;
  }
}

interface Box {
  rows: readonly [number, number];
  columns: readonly [number, number];
}

function boxOf(a: Place, b: Place): Box {
  return {
    rows: [Math.min(a.row, b.row), Math.max(a.row, b.row)],
    columns: [Math.min(a.column, b.column), Math.max(a.column, b.column)]
  };
}

function isIn({ rows, columns }: Box, row: number, column: number): boolean {
  return row >= rows[0] && row <= rows[1] && column >= columns[0] && column <= columns[1];
}

/** What is chosen, as a spreadsheet takes it; rows that are not here are left out. */
function linesOf(model: TableModel, { rows, columns }: Box): string[] {
  const lines: string[] = [];
  const last = Math.min(rows[1], rows[0] + MOST_COPIED / (columns[1] - columns[0] + 1));
  for (let i = rows[0]; i <= last; i++) {
    const row = model.row(i);
    if (row) {
      lines.push(row.cells.slice(columns[0], columns[1] + 1).map(cell => (cell === null ? '' : showValue(cell))).join('\t'));
    }
  }
  return lines;
}

function columnsInSight(lefts: readonly number[], left: number, width: number): [number, number] {
  const first = Math.max(0, lefts.findIndex(x => x > left) - 1);
  let last = first;
  while (last < lefts.length - 1 && (lefts[last] ?? 0) < left + width) {
    last += 1;
  }
  return [first, last];
}

interface Widths {
  of: readonly number[];
  set: (column: number, width: number) => void;
}

/** As wide as what the first rows hold, until somebody draws a line. */
function useWidths(model: TableModel): Widths {
  const [drawn, setDrawn] = useState<ReadonlyMap<number, number>>(new Map());
  const first = useRef<number[]>([]);
  const measured = useRef(false);
  const columns = model.head?.columns ?? [];
  if (first.current.length !== columns.length || (model.row(0) && !measured.current)) {
    measured.current = model.row(0) !== undefined;
    first.current = columns.map((name, column) => {
      let longest = name.length + 3;
      for (let i = 0; i < 50; i++) {
        const cell = model.row(i)?.cells[column];
        longest = Math.max(longest, cell === null || cell === undefined ? 4 : showValue(cell).length);
      }
      return Math.min(WIDEST, Math.max(NARROWEST, Math.round(longest * 8.4 + 18)));
    });
  }
  const of = useMemo(
    () => first.current.map((width, column) => drawn.get(column) ?? width),
    // The first widths change with the columns alone.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [first.current, drawn]
  );
  return { of, set: (column, width) => setDrawn(new Map(drawn).set(column, Math.max(NARROWEST, width))) };
}

function Head(props: { name: string; type: string; column: number; model: TableModel; width: number; resize: Widths['set'] }): ReactElement {
  const { name, type, column, model, width } = props;
  const sort = model.sorts.find(one => one.column === column);
  const place = model.sorts.length > 1 && sort ? model.sorts.indexOf(sort) + 1 : '';
  const onPointerDown = (event: PointerEvent<HTMLSpanElement>): void => {
    const start = event.clientX;
    const handle = event.currentTarget;
    handle.setPointerCapture(event.pointerId);
    const onMove = (move: globalThis.PointerEvent): void => props.resize(column, width + move.clientX - start);
    const onUp = (): void => {
      handle.removeEventListener('pointermove', onMove);
      handle.removeEventListener('pointerup', onUp);
    };
    handle.addEventListener('pointermove', onMove);
    handle.addEventListener('pointerup', onUp);
  };
  return (
    <span role="columnheader" className="trn-grid-column" style={{ width }} aria-colindex={column + 2} aria-sort={sort ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        tabIndex={-1}
        data-number={type === 'number' || undefined}
        title={trans.__('%1 (%2): click to sort, with Shift by several columns', name, typeName(type))}
        onClick={event => model.sortBy(column, event.shiftKey)}
      >
        <bdi className="trn-grid-name">{visible(name)}</bdi>
        <span aria-hidden="true">{sort ? (sort.down ? ' ↓' : ' ↑') : ''}{place}</span>
      </button>
      <span className="trn-grid-edge" onPointerDown={onPointerDown} aria-hidden="true" />
    </span>
  );
}

export function typeName(type: string): string {
  switch (type) {
    case 'number':
      return trans.__('number');
    case 'time':
      return trans.__('time');
    case 'boolean':
      return trans.__('yes or no');
    default:
      return trans.__('text');
  }
}

interface CellProps {
  id: string;
  place: Place;
  value: unknown;
  missing: boolean;
  numeric: boolean;
  width: number;
  isActive: boolean;
  isChosen: boolean;
  choose: (place: Place, extend: boolean) => void;
}

function Cell(props: CellProps): ReactElement {
  const { value, place } = props;
  const isNone = !props.missing && (value === null || value === undefined);
  const text = props.missing ? '' : isNone ? trans.__('none') : showValue(value);
  const onMouse = (event: MouseEvent): void => {
    if (event.buttons === 1) {
      props.choose(place, event.shiftKey || event.type === 'mouseenter');
    }
  };
  return (
    <span
      id={props.id}
      role="gridcell"
      aria-colindex={place.column + 2}
      aria-selected={props.isActive || props.isChosen}
      className={isNone ? 'trn-grid-cell trn-null' : 'trn-grid-cell'}
      data-number={props.numeric || undefined}
      data-active={props.isActive || undefined}
      style={{ width: props.width }}
      title={text.length > 24 ? text : undefined}
      onMouseDown={onMouse}
      onMouseEnter={onMouse}
    >
      <bdi>{visible(text.length > CELL ? `${text.slice(0, CELL)}…` : text)}</bdi>
    </span>
  );
}
