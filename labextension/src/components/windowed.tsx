/** Rows of which only the visible ones are drawn. */

import { useCallback, useEffect, useLayoutEffect, useRef, useState, type HTMLAttributes, type KeyboardEvent, type ReactElement, type ReactNode, type RefObject, type WheelEvent } from 'react';

export interface WindowHandle {
  scrollToRow: (index: number) => void;
}

export interface WindowedProps {
  count: number;
  rowHeight: number;
  /** Top of a row where heights differ; else rows are of one height. */
  topOf?: (index: number) => number;
  label: string;
  className: string;
  /** Whether the end stays in sight while rows are added. */
  sticky?: boolean;
  onStick?: (sticky: boolean) => void;
  onRange?: (from: number, to: number) => void;
  handle?: RefObject<WindowHandle | null>;
  header?: ReactNode;
  /** Where the rows are those of a table: how many it has in all. */
  table?: { rows: number; columns: number };
  /** Rows from `from` to before `to`. */
  draw: (from: number, to: number) => ReactNode;
  onWidth?: (width: number) => void;
}

const MARGIN = 12;
/** Browsers draw nothing beyond some height; what is taller is scrolled through by its share. */
const TALLEST = 8_000_000;
/** Scrolling by less than so many heights of the view goes row by row, by more it is a jump. */
const STEP = 3;
const SETTLE_MS = 150;
const UPWARD = new Set(['ArrowUp', 'PageUp', 'Home']);

interface View {
  /** Where the rows are looked at, as if all of them were drawn. */
  top: number;
  /** How much further down they stand in the box. */
  shift: number;
  height: number;
}

export function Windowed(props: WindowedProps): ReactElement {
  const { count, rowHeight, sticky, onStick, onRange, onWidth, handle } = props;
  const node = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>({ top: 0, shift: 0, height: 400 });
  const uniform = useCallback((index: number) => index * rowHeight, [rowHeight]);
  const topOf = props.topOf ?? uniform;
  const total = topOf(count);
  const drawn = Math.min(total, TALLEST);
  const from = Math.max(0, rowAt(topOf, count, view.top) - MARGIN);
  const to = Math.min(count, rowAt(topOf, count, view.top + view.height) + MARGIN + 1);
  const stuck = useRef(sticky === true);
  stuck.current = sticky === true;
  const told = useRef(onWidth);
  told.current = onWidth;
  const state = useRef({ view, scrolled: 0, total, settle: 0 });
  state.current.total = total;

  /** Look at this height of the rows; the box is scrolled to where it stands, unless it is there already. */
  const show = useCallback((wanted: number, scroll: boolean): void => {
    const box = node.current;
    if (!box) {
      return;
    }
    const { current } = state;
    const height = box.clientHeight;
    const top = Math.max(0, Math.min(wanted, current.total - height));
    if (scroll) {
      const share = current.total > height ? top / (current.total - height) : 0;
      box.scrollTop = current.total <= TALLEST ? top : share * (box.scrollHeight - height);
    }
    current.scrolled = box.scrollTop;
    const next = { top, shift: current.total <= TALLEST ? 0 : box.scrollTop - top, height };
    const { view: before } = current;
    if (next.top !== before.top || next.shift !== before.shift || next.height !== before.height) {
      current.view = next;
      setView(next);
    }
  }, []);

  useEffect(() => {
    const box = node.current;
    if (!box) {
      return;
    }
    const observer = new ResizeObserver(() => {
      show(stuck.current ? Infinity : state.current.view.top, true);
      told.current?.(box.clientWidth);
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, [show]);

  useLayoutEffect(() => {
    if (sticky) {
      show(Infinity, true);
    }
  }, [sticky, total, show]);

  // Rows that were measured meanwhile do not move those that are looked at.
  const anchor = useRef({ topOf, row: 0, within: 0 });
  useLayoutEffect(() => {
    const { current } = anchor;
    if (current.topOf !== topOf && !stuck.current) {
      const top = topOf(current.row) + current.within;
      if (Math.abs(top - state.current.view.top) >= 1) {
        show(top, true);
      }
    }
    const { top } = state.current.view;
    const row = rowAt(topOf, count, top);
    anchor.current = { topOf, row, within: top - topOf(row) };
  });

  useEffect(() => onRange?.(from, to), [onRange, from, to]);

  useEffect(() => {
    if (handle) {
      (handle as { current: WindowHandle | null }).current = {
        scrollToRow: index => {
          // At once: what is measured before the next drawing must not go back to the end.
          stuck.current = false;
          show(topOf(index) - (node.current?.clientHeight ?? 0) / 2, true);
        }
      };
    }
  }, [handle, topOf, show]);

  useEffect(() => () => window.clearTimeout(state.current.settle), []);

  const onScroll = (): void => {
    const box = node.current;
    if (!box) {
      return;
    }
    const { current } = state;
    const moved = box.scrollTop - current.scrolled;
    const most = box.scrollHeight - box.clientHeight;
    const atEnd = most - box.scrollTop < rowHeight;
    // What grows below does not move the view up, only a person does; and a move that was made here (of 0 by now) says
    // nothing, nor does the first small step away from the end.
    if (atEnd ? moved > 0 : moved < 0) {
      onStick?.(atEnd);
    }
    if (total <= TALLEST) {
      show(box.scrollTop, false);
    } else if (Math.abs(moved) > STEP * box.clientHeight || box.scrollTop === 0 || atEnd) {
      show((box.scrollTop / Math.max(1, most)) * (total - box.clientHeight), false);
    } else if (moved !== 0) {
      show(current.view.top + moved, false);
      // Afterwards the bar tells the truth again.
      window.clearTimeout(current.settle);
      current.settle = window.setTimeout(() => show(state.current.view.top, true), SETTLE_MS);
    }
  };
  // Before the first step of a smooth scroll, which a new line would undo.
  const leave = (): void => {
    const box = node.current;
    if (box && box.scrollHeight > box.clientHeight) {
      onStick?.(false);
    }
  };
  const onWheel = (event: WheelEvent): void => {
    if (event.deltaY < 0) {
      leave();
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target === node.current && UPWARD.has(event.key)) {
      leave();
    }
  };

  return (
    <div ref={node} className={props.className} tabIndex={0} {...roleOf(props)} aria-label={props.label} onScroll={onScroll} onWheel={onWheel} onKeyDown={onKeyDown}>
      {props.header}
      <div className="trn-window" style={{ height: drawn }}>
        <div className="trn-window-rows" style={{ transform: `translateY(${topOf(from) + view.shift}px)` }}>
          {props.draw(from, to)}
        </div>
      </div>
    </div>
  );
}

function roleOf({ table }: WindowedProps): HTMLAttributes<HTMLElement> {
  return table ? { role: 'table', 'aria-rowcount': table.rows, 'aria-colcount': table.columns } : { role: 'region' };
}

/** The row at this height, by halving. */
function rowAt(topOf: (index: number) => number, count: number, top: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (topOf(middle + 1) <= top) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
