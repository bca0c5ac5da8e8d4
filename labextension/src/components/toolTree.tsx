/** The rows of the tool list: a tree of which only the visible part is drawn, walked through with the keyboard. */

import { memo, useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';

import type { Tool, ToolError } from '../api/types';
import { statusText } from '../format';
import { useModel } from '../models/model';
import type { Row, SectionRow, ToolListModel, ToolRow } from '../models/toolList';
import { trans } from '../translation';
import { Ago, useNow } from './basics';
import { CaretIcon, Mark, StarIcon, WarningIcon } from './icons';
import { ToolIconOf } from './toolIcons';

const ROW = 26;
const PROBLEM_ROW = 42;
/** Rows that are drawn beyond what is seen. */
const MARGIN = 8;
const PAGE = 10;

export interface ToolTreeProps {
  list: ToolListModel;
  openRun: (id: string) => void;
  /** Where the keyboard goes up from the first row, and with Escape. */
  leave: () => void;
}

export function ToolTree(props: ToolTreeProps): ReactElement {
  const { list, leave } = props;
  useModel(list);
  const { rows } = list;
  const tops = useMemo(() => topsOf(rows), [rows]);
  const node = useRef<HTMLDivElement>(null);
  const { from, to } = useVisible(node, tops);
  const id = useId();
  const active = list.activeIndex;
  const now = useNow(30_000);

  const reveal = useCallback(
    (index: number): void => {
      const box = node.current;
      const [top, bottom] = [tops[index], tops[index + 1]];
      if (box && top !== undefined && bottom !== undefined) {
        if (top < box.scrollTop) {
          box.scrollTop = top;
        } else if (bottom > box.scrollTop + box.clientHeight) {
          box.scrollTop = bottom - box.clientHeight;
        }
      }
    },
    [tops]
  );
  const { revealRequest } = list;
  useEffect(() => {
    if (revealRequest > 0) {
      reveal(list.activeIndex);
    }
    // Only when it is asked for: rows that come and go leave the view where it is.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [revealRequest]);
  const go = (index: number): void => {
    const target = Math.max(0, Math.min(index, rows.length - 1));
    list.activate(target);
    reveal(target);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey) {
      return;
    }
    if (handleKey(event, { list, active, go, leave })) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  return (
    <div
      ref={node}
      className="trn-scroll trn-tree"
      role="tree"
      data-list="tools"
      tabIndex={0}
      aria-label={trans.__('Tools')}
      aria-activedescendant={active >= from && active < to ? `${id}-${active}` : undefined}
      onKeyDown={onKeyDown}
      onFocus={() => active < 0 && list.activate(0)}
    >
      <div className="trn-tree-all" role="presentation" style={{ height: tops.at(-1) ?? 0 }}>
        <div className="trn-tree-rows" role="presentation" style={{ transform: `translateY(${tops[from] ?? 0}px)` }}>
          {rows.slice(from, to).map((row, at) => (
            <TreeRow key={row.key} id={`${id}-${from + at}`} row={row} active={from + at === active} now={row.kind === 'tool' && row.run ? now : 0} {...props} />
          ))}
        </div>
      </div>
    </div>
  );
}

interface Walk {
  list: ToolListModel;
  active: number;
  go: (index: number) => void;
  leave: () => void;
}

/** Whether the key meant something here. */
function handleKey(event: KeyboardEvent, { list, active, go, leave }: Walk): boolean {
  const row = list.rows[active];
  if (event.altKey) {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && row?.kind === 'tool' && row.favourite) {
      list.moveFavourite(row.tool.name, step);
      return true;
    }
    return false;
  }
  switch (event.key) {
    case 'ArrowDown':
      go(active + 1);
      return true;
    case 'ArrowUp':
      if (active <= 0) {
        leave();
      } else {
        go(active - 1);
      }
      return true;
    case 'PageDown':
      go(active + PAGE);
      return true;
    case 'PageUp':
      go(active - PAGE);
      return true;
    case 'Home':
      go(0);
      return true;
    case 'End':
      go(list.rows.length - 1);
      return true;
    case 'Escape':
      leave();
      return true;
    case 'Enter':
    case ' ':
      if (row) {
        list.choose(row);
      }
      return row !== undefined;
    case 's':
    case 'ы':
      if (row?.kind === 'tool') {
        list.toggleFavourite(row.tool.name);
      }
      return true;
    case 'ArrowLeft':
      foldOrClimb(list, active, go);
      return true;
    case 'ArrowRight':
      if (row?.kind === 'section') {
        if (row.open) {
          go(active + 1);
        } else {
          list.choose(row);
        }
      }
      return true;
    default:
      return false;
  }
}

function foldOrClimb(list: ToolListModel, active: number, go: (index: number) => void): void {
  const row = list.rows[active];
  if (row?.kind === 'section' && row.open) {
    list.choose(row);
  } else if (row?.kind === 'tool') {
    for (let at = active; at >= 0; at -= 1) {
      if (list.rows[at]?.kind === 'section') {
        go(at);
        return;
      }
    }
  }
}

interface TreeRowProps extends ToolTreeProps {
  id: string;
  row: Row;
  active: boolean;
  now: number;
}

const TreeRow = memo(function TreeRow(props: TreeRowProps): ReactElement {
  return props.row.kind === 'section' ? <Section {...props} row={props.row} /> : <ToolLine {...props} row={props.row} />;
});

function Section(props: TreeRowProps & { row: SectionRow }): ReactElement {
  const { row, list } = props;
  return (
    <div
      id={props.id}
      role="treeitem"
      aria-level={1}
      aria-expanded={row.open}
      aria-selected={false}
      className="trn-section-head"
      data-active={props.active || undefined}
      onClick={() => list.choose(row)}
    >
      <CaretIcon open={row.open} />
      <span className="trn-grow trn-cut">{row.title}</span>
      <span className="trn-quiet">{row.count}</span>
    </div>
  );
}

function ToolLine(props: TreeRowProps & { row: ToolRow }): ReactElement {
  const { row, list } = props;
  const { tool } = row;
  const chosen = list.problem ? list.problem.name === tool.name : list.sidebar.form?.tool.name === tool.name;
  return (
    <div
      id={props.id}
      role="treeitem"
      aria-level={row.nested ? 2 : 1}
      aria-posinset={row.place}
      aria-setsize={row.of}
      aria-selected={chosen}
      aria-label={labelOf(row)}
      className={tool.error ? 'trn-row trn-tool trn-broken' : 'trn-row trn-tool'}
      data-active={props.active || undefined}
      data-nested={row.nested || undefined}
      data-tool={tool.name}
      title={tool.error ? undefined : titleOf(tool)}
      onClick={() => list.choose(row)}
    >
      {tool.error ? <WarningIcon /> : <ToolIconOf tool={tool} />}
      {tool.error ? <BrokenText tool={tool} error={tool.error} /> : <NameText row={row} />}
      {row.run && <LastRun {...props} run={row.run} />}
      {!tool.error && <Star row={row} list={list} />}
    </div>
  );
}

function NameText({ row }: { row: ToolRow }): ReactElement {
  const { tool } = row;
  return (
    <>
      <span className="trn-tool-name trn-cut">{tool.short_name}</span>
      <span className="trn-quiet trn-tool-title trn-cut">{saysMore(tool) && !row.run ? tool.title : ''}</span>
      {row.detail !== '' && <span className="trn-quiet trn-tool-detail trn-cut">{row.detail}</span>}
    </>
  );
}

/** A tool that cannot be read stays listed, with file, line and reason. */
function BrokenText({ tool, error }: { tool: Tool; error: ToolError }): ReactElement {
  return (
    <span className="trn-grow trn-broken-text">
      <span className="trn-cut">{tool.short_name}</span>
      <span className="trn-quiet trn-cut">{placeOf(tool, error)}{error.message}</span>
    </span>
  );
}

/** `name.py, line 3: `, as far as it is known. */
export function placeOf(tool: Tool, error: ToolError): string {
  const path = error.path ?? tool.path;
  const file = path?.split('/').at(-1) ?? '';
  if (file === '') {
    return '';
  }
  const { line } = error;
  return typeof line === 'number' ? `${trans.__('%1, line %2', file, line)}: ` : `${file}: `;
}

function LastRun(props: TreeRowProps & { run: NonNullable<ToolRow['run']> }): ReactElement {
  const { run } = props;
  const text = trans.__('Open run #%1: %2', run.number, statusText(run));
  return (
    <button
      type="button"
      className="trn-last-run"
      tabIndex={-1}
      title={text}
      aria-label={text}
      onClick={event => {
        event.stopPropagation();
        props.openRun(run.id);
      }}
    >
      <span className="trn-quiet trn-hide-narrow">
        <Ago time={run.finished_at ?? run.created_at} now={props.now} />
      </span>
      <Mark status={run.status} reused={Boolean(run.reused)} />
    </button>
  );
}

function Star({ row, list }: { row: ToolRow; list: ToolListModel }): ReactElement {
  const label = row.favourite
    ? trans.__('Remove %1 from the favourites', row.tool.short_name)
    : trans.__('Add %1 to the favourites', row.tool.short_name);
  return (
    <button
      type="button"
      className="trn-star"
      tabIndex={-1}
      aria-pressed={row.favourite}
      aria-label={label}
      title={`${label} (S)`}
      onClick={event => {
        event.stopPropagation();
        list.toggleFavourite(row.tool.name);
      }}
    >
      <StarIcon filled={row.favourite} />
    </button>
  );
}

function labelOf(row: ToolRow): string {
  const { tool } = row;
  const parts = [tool.short_name, saysMore(tool) ? tool.title : '', row.detail];
  if (tool.error) {
    parts.push(trans.__('cannot be read'));
  }
  if (row.favourite) {
    parts.push(trans.__('favourite'));
  }
  return parts.filter(part => part !== '').join(', ');
}

function titleOf(tool: Tool): string {
  return [`${tool.title} (${tool.name})`, tool.description.split('\n\n')[0] ?? ''].filter(text => text !== '').join('\n');
}

/** `build_graph` and “Build graph” say the same. */
function saysMore(tool: Tool): boolean {
  const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
  return plain(tool.title) !== plain(tool.short_name.split('.').at(-1) ?? '');
}

function topsOf(rows: readonly Row[]): number[] {
  const tops = [0];
  for (const row of rows) {
    const isTall = row.kind === 'tool' && row.tool.error;
    tops.push((tops.at(-1) ?? 0) + (isTall ? PROBLEM_ROW : ROW));
  }
  return tops;
}

/** The rows that are to be drawn. */
function useVisible(node: { current: HTMLElement | null }, tops: readonly number[]): { from: number; to: number } {
  const [view, setView] = useState({ top: 0, height: 600 });
  useEffect(() => {
    const box = node.current;
    if (!box) {
      return;
    }
    const look = (): void => setView({ top: box.scrollTop, height: box.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(box);
    box.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', look);
    };
  }, [node]);
  useLayoutEffect(() => {
    // Fewer rows than before: the view is further up now, and no scroll event says so in time.
    const box = node.current;
    if (box && box.scrollTop !== view.top) {
      setView({ top: box.scrollTop, height: box.clientHeight });
    }
  }, [node, tops, view.top]);
  const count = tops.length - 1;
  return {
    from: Math.max(0, rowAt(tops, view.top) - MARGIN),
    to: Math.min(count, rowAt(tops, view.top + view.height) + MARGIN + 1)
  };
}

/** The row at this height, by halving. */
function rowAt(tops: readonly number[], top: number): number {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tops[middle + 1] ?? Infinity) <= top) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
