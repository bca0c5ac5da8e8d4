/** Rows of which only the visible ones are drawn. */

import { useCallback, useEffect, useLayoutEffect, useRef, useState, type HTMLAttributes, type ReactElement, type ReactNode, type RefObject, type WheelEvent } from 'react';

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

export function Windowed(props: WindowedProps): ReactElement {
  const { count, rowHeight, sticky, onStick, onRange, onWidth, handle } = props;
  const node = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 400 });
  const uniform = useCallback((index: number) => index * rowHeight, [rowHeight]);
  const topOf = props.topOf ?? uniform;
  const total = topOf(count);
  const from = Math.max(0, rowAt(topOf, count, view.top) - MARGIN);
  const to = Math.min(count, rowAt(topOf, count, view.top + view.height) + MARGIN + 1);
  const lastTop = useRef(0);
  const stuck = useRef(sticky === true);
  stuck.current = sticky === true;

  const look = useCallback(() => {
    const box = node.current;
    if (box) {
      setView({ top: box.scrollTop, height: box.clientHeight });
      onWidth?.(box.clientWidth);
    }
  }, [onWidth]);

  useEffect(() => {
    const box = node.current;
    if (!box) {
      return;
    }
    const observer = new ResizeObserver(() => {
      if (stuck.current) {
        box.scrollTop = box.scrollHeight;
      }
      look();
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, [look]);

  useLayoutEffect(() => {
    const box = node.current;
    if (box && sticky) {
      box.scrollTop = box.scrollHeight;
    }
  }, [sticky, total]);

  useEffect(() => onRange?.(from, to), [onRange, from, to]);

  useEffect(() => {
    if (handle) {
      (handle as { current: WindowHandle | null }).current = {
        scrollToRow: index => {
          const box = node.current;
          if (box) {
            box.scrollTop = Math.max(0, topOf(index) - box.clientHeight / 2);
          }
        }
      };
    }
  }, [handle, topOf]);

  const onScroll = (): void => {
    const box = node.current;
    if (box) {
      const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < rowHeight;
      // What grows below does not move the view up; only a person does.
      if (atEnd || box.scrollTop < lastTop.current) {
        onStick?.(atEnd);
      }
      lastTop.current = box.scrollTop;
    }
    look();
  };
  const onWheel = (event: WheelEvent): void => {
    const box = node.current;
    // Before the first step of a smooth scroll, which a new line would undo.
    if (box && event.deltaY < 0 && box.scrollHeight > box.clientHeight) {
      onStick?.(false);
    }
  };

  return (
    <div ref={node} className={props.className} tabIndex={0} {...roleOf(props)} aria-label={props.label} onScroll={onScroll} onWheel={onWheel}>
      {props.header}
      <div className="trn-window" style={{ height: total }}>
        <div className="trn-window-rows" style={{ transform: `translateY(${topOf(from)}px)` }}>
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
