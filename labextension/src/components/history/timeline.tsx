/** When runs were made and how long they took: drag to narrow the time, or use the fields that say the same. */

import { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactElement } from 'react';

import type { RunStatus, Timeline, TimelinePoint } from '../../api/types';
import { formatDuration, formatExact, formatNumber, statusWord, timeFormat } from '../../format';
import { trans } from '../../translation';
import { useSize } from '../basics';

const HEIGHT = 112;
const LEFT = 60;
const PADDING = 8;
const TOP = 6;
const BOTTOM = 18;
const SHORTEST = 0.05;

export interface TimelinePlotProps {
  timeline: Timeline;
  /** The part that is chosen; ISO times. */
  from: string;
  before: string;
  onRange: (from: string, before: string) => void;
  onOpen: (number: number) => void;
}

export function TimelinePlot(props: TimelinePlotProps): ReactElement | null {
  const { timeline } = props;
  const [node, setNode] = useState<HTMLDivElement | null>(null);
  const width = Math.max(0, useSize(node).width - 2 * PADDING);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const [asTable, setAsTable] = useState(false);
  const start = useRef<number | null>(null);
  const first = Date.parse(props.from || (timeline.first ?? ''));
  const last = Date.parse(props.before || (timeline.last ?? ''));
  const scale = useMemo(() => scaleOf(timeline, first, last, width), [timeline, first, last, width]);
  if (Number.isNaN(first) || Number.isNaN(last)) {
    return null;
  }
  const place = (event: PointerEvent): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(LEFT, Math.min(endOf(width), event.clientX - box.left));
  };
  const onPointerDown = (event: PointerEvent<SVGSVGElement>): void => {
    if (event.button === 0) {
      start.current = place(event);
      event.currentTarget.setPointerCapture(event.pointerId);
    }
  };
  const onPointerMove = (event: PointerEvent<SVGSVGElement>): void => {
    if (start.current !== null) {
      setDrag({ from: Math.min(start.current, place(event)), to: Math.max(start.current, place(event)) });
    }
  };
  const onPointerUp = (): void => {
    start.current = null;
    if (drag && drag.to - drag.from > 4) {
      // What begins at the end itself does not lie before it.
      const isToEnd = drag.to >= endOf(width);
      props.onRange(new Date(scale.timeAt(drag.from)).toISOString(), isToEnd ? props.before : new Date(scale.timeAt(drag.to)).toISOString());
    }
    setDrag(null);
  };
  /** Halves and doubles the time that is looked at, and moves it. */
  const onKeyDown = (event: KeyboardEvent): void => {
    const span = last - first;
    const change = {
      '+': [span / 4, -span / 4],
      '-': [-span / 2, span / 2],
      ArrowLeft: [-span / 4, -span / 4],
      ArrowRight: [span / 4, span / 4]
    }[event.key];
    if (change) {
      event.preventDefault();
      props.onRange(new Date(first + (change[0] ?? 0)).toISOString(), new Date(last + (change[1] ?? 0)).toISOString());
    }
  };
  const said = trans.__('Runs by time and duration. Drag to narrow the time; or press + and −, left and right.');
  return (
    <div className="trn-timeline" ref={setNode}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={said}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerUp}
      >
        {scale.rows.map(({ seconds, y }) => (
          <g key={seconds}>
            <line className="trn-grid" x1={LEFT} x2={width} y1={y} y2={y} />
            <text x={LEFT - 8} y={y + 4} textAnchor="end">
              {roundDuration(seconds)}
            </text>
          </g>
        ))}
        {scale.columns.map(({ x, text }) => (
          <text key={x} x={x} y={HEIGHT - 3} textAnchor="middle">
            {text}
          </text>
        ))}
        {timeline.points.map(point => (
          <Point key={`${point.status}${point.number}`} point={point} x={scale.x(point)} y={scale.y(point)} onOpen={props.onOpen} />
        ))}
        {drag && <rect className="trn-brush" x={drag.from} y={TOP} width={drag.to - drag.from} height={HEIGHT - TOP - BOTTOM} />}
      </svg>
      <button type="button" className="trn-link trn-timeline-table" aria-expanded={asTable} onClick={() => setAsTable(!asTable)}>
        {asTable ? trans.__('Hide the table') : trans.__('As a table')}
      </button>
      {asTable && <PointsTable timeline={timeline} />}
    </div>
  );
}

/** Where the last time lies. */
function endOf(width: number): number {
  return width - 8;
}

function Point(props: { point: TimelinePoint; x: number; y: number; onOpen: (number: number) => void }): ReactElement {
  const { point, x, y } = props;
  const size = Math.min(6, 2.3 + Math.log2(point.runs) * 0.5);
  const title =
    point.runs === 1
      ? trans.__('#%1, %2, %3', point.number, statusWord(point.status), formatDuration(point.seconds))
      : trans._n('%1 run, %2, about %3', '%1 runs, %2, about %3', point.runs, statusWord(point.status), formatDuration(point.seconds));
  const open = point.runs === 1 ? () => props.onOpen(point.number) : undefined;
  return (
    <g className="trn-point" data-status={point.status} onDoubleClick={open}>
      <title>{title}</title>
      {point.status === 'failed' ? (
        <path d={`M${x - size} ${y - size}l${2 * size} ${2 * size}M${x + size} ${y - size}l${-2 * size} ${2 * size}`} />
      ) : (
        <circle cx={x} cy={y} r={size} />
      )}
    </g>
  );
}

/** Of a round number of seconds. */
function roundDuration(seconds: number): string {
  if (seconds < 60) {
    return formatDuration(seconds);
  }
  return seconds < 3600 ? trans.__('%1 min', seconds / 60) : trans.__('%1 h', seconds / 3600);
}

interface Scale {
  x: (point: TimelinePoint) => number;
  y: (point: TimelinePoint) => number;
  timeAt: (x: number) => number;
  rows: { seconds: number; y: number }[];
  columns: { x: number; text: string }[];
}

function scaleOf(timeline: Timeline, first: number, last: number, width: number): Scale {
  const span = Math.max(last - first, 1000);
  const inner = Math.max(50, endOf(width) - LEFT - 4);
  const seconds = timeline.points.map(point => Math.max(point.seconds, SHORTEST));
  const low = Math.log10(Math.min(1, ...seconds));
  const high = Math.max(Math.log10(Math.max(10, ...seconds)), low + 1);
  const plot = HEIGHT - TOP - BOTTOM - 8;
  const yOf = (value: number): number => TOP + 4 + plot - ((Math.log10(Math.max(value, SHORTEST)) - low) / (high - low)) * plot;
  const marks = [0.1, 1, 10, 60, 600, 3600, 36_000].filter(mark => Math.log10(mark) >= low - 0.01 && Math.log10(mark) <= high + 0.01);
  const count = Math.max(2, Math.min(7, Math.floor(inner / 150)));
  const days = span / 86_400_000;
  const isShort = span / count < 60_000;
  const style: Intl.DateTimeFormatOptions =
    isShort ? { hour: '2-digit', minute: '2-digit', second: '2-digit' } : days < 2 ? { hour: '2-digit', minute: '2-digit' } : days < 10 ? { weekday: 'short', day: 'numeric' } : days < 300 ? { day: 'numeric', month: 'short' } : { month: 'short', year: 'numeric' };
  const format = timeFormat(style);
  return {
    x: point => LEFT + 4 + ((Date.parse(point.time) - first) / span) * inner,
    y: point => yOf(point.seconds),
    timeAt: x => first + ((x - LEFT - 4) / inner) * span,
    rows: marks.map(mark => ({ seconds: mark, y: yOf(mark) })),
    columns: Array.from({ length: count }, (_, at) => {
      // The button stands at the end of the same line.
      const part = (at + 0.35) / count;
      return { x: LEFT + 4 + part * inner, text: format.format(new Date(first + part * span)) };
      // The same time twice says nothing.
    }).filter(({ text }, at, all) => text !== all[at - 1]?.text)
  };
}

const ORDER: readonly RunStatus[] = ['succeeded', 'failed', 'canceled', 'running', 'queued', 'waiting', 'skipped'];

/** The same by twelve spans of time. */
function PointsTable(props: { timeline: Timeline }): ReactElement {
  const { points } = props.timeline;
  const first = Date.parse(props.timeline.first ?? '');
  const span = Math.max(1000, Date.parse(props.timeline.last ?? '') - first);
  const statuses = ORDER.filter(status => points.some(point => point.status === status));
  const rows = Array.from({ length: 12 }, (_, at) => {
    const from = first + (span * at) / 12;
    const inside = points.filter(point => {
      const part = Math.floor(((Date.parse(point.time) - first) / span) * 12);
      return Math.min(part, 11) === at;
    });
    const runs = inside.reduce((sum, point) => sum + point.runs, 0);
    const middle = runs === 0 ? null : inside.reduce((sum, point) => sum + point.seconds * point.runs, 0) / runs;
    return { from, inside, middle };
  });
  return (
    <div className="trn-points" tabIndex={0} role="region" aria-label={trans.__('Runs by time')}>
      <table className="trn-facts">
        <thead>
          <tr>
            <th scope="col">{trans.__('From')}</th>
            {statuses.map(status => (
              <th key={status} scope="col">
                {statusWord(status)}
              </th>
            ))}
            <th scope="col">{trans.__('Mean duration')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ from, inside, middle }) => (
            <tr key={from}>
              <th scope="row">{formatExact(new Date(from).toISOString())}</th>
              {statuses.map(status => (
                <td key={status}>{formatNumber(inside.filter(point => point.status === status).reduce((sum, point) => sum + point.runs, 0) * props.timeline.sampled)}</td>
              ))}
              <td>{middle === null ? '' : formatDuration(middle)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {props.timeline.sampled > 1 && <p className="trn-quiet">{trans.__('Counted from one run of %1.', formatNumber(props.timeline.sampled))}</p>}
    </div>
  );
}
