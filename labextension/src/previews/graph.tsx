/** A graph, drawn where the server put its nodes; the same as a list. */

import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactElement, type ReactNode } from 'react';

import type { Graph } from '../api/types';
import { FailureNotice, IconButton, LinkButton, Loading, Notice, useSize } from '../components/basics';
import { AddIcon, FitIcon } from '../components/icons';
import { Windowed } from '../components/windowed';
import { formatNumber } from '../format';
import { visible } from '../logic/visible';
import { trans } from '../translation';
import { useMade } from './content';
import type { PreviewProps } from './registry';

const STEP = 1.3;
const ROW = 26;
const FOUND = 50;
const LABELS = 60;
const COLOURS = ['#4878a8', '#c8702a', '#3f8f4f', '#b8423f', '#7d62a8', '#8a6d4b', '#c05f9a', '#6b7a00', '#2a8f9a'];

export default function GraphPreview({ artifact, client }: PreviewProps): ReactElement {
  const { value, failure, done, retry } = useMade(() => client.graph(artifact.id), artifact.id);
  if (failure) {
    return <FailureNotice failure={failure} onRetry={retry} />;
  }
  if (!value) {
    return <Loading>{trans.__('Drawing %1: %2%', artifact.name, Math.round(done * 100))}</Loading>;
  }
  return value.labels.length === 0 ? <Notice>{trans.__('The graph has no nodes.')}</Notice> : <DrawnGraph graph={value} name={artifact.name} />;
}

function DrawnGraph({ graph, name }: { graph: Graph; name: string }): ReactElement {
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<number | null>(null);
  const [asList, setAsList] = useState(false);
  const neighbours = useMemo(() => neighboursOf(graph), [graph]);
  const order = useMemo(() => graph.labels.map((_, i) => i).sort((a, b) => (graph.degrees[b] ?? 0) - (graph.degrees[a] ?? 0)), [graph]);
  const words = query.trim().toLowerCase();
  const found = useMemo(() => (words ? order.filter(i => (graph.labels[i] ?? '').toLowerCase().includes(words)) : order), [order, words, graph]);
  return (
    <div className="trn-graph">
      <div className="trn-preview-tools">
        <form
          role="search"
          onSubmit={event => {
            event.preventDefault();
            setChosen(found[0] ?? null);
          }}
        >
          <input
            type="search"
            className="trn-input"
            value={query}
            placeholder={trans.__('Find a node')}
            aria-label={trans.__('Find a node')}
            onChange={event => setQuery(event.target.value)}
          />
        </form>
        {words && (
          <span className="trn-quiet" role="status">
            {trans._n('%2 node', '%2 nodes', found.length, formatNumber(found.length))}
          </span>
        )}
        <div className="trn-toggle" role="group" aria-label={trans.__('Graph or list')}>
          <button type="button" aria-pressed={!asList} onClick={() => setAsList(false)}>
            {trans.__('Drawing')}
          </button>
          <button type="button" aria-pressed={asList} onClick={() => setAsList(true)}>
            {trans.__('List')}
          </button>
        </div>
        <span className="trn-grow" />
        <span className="trn-quiet">{factsOf(graph)}</span>
      </div>
      <div className="trn-graph-body">
        {asList ? (
          <NodeList graph={graph} nodes={found} chosen={chosen} choose={setChosen} name={name} />
        ) : (
          <Drawing graph={graph} neighbours={neighbours} found={words ? found : null} chosen={chosen} choose={setChosen} name={name} order={order} />
        )}
        {chosen !== null && <NodeFacts graph={graph} node={chosen} neighbours={neighbours[chosen] ?? []} choose={setChosen} />}
      </div>
    </div>
  );
}

function factsOf(graph: Graph): string {
  const facts = [
    trans._n('%2 node', '%2 nodes', graph.nodes, formatNumber(graph.nodes)),
    trans._n('%2 link', '%2 links', graph.links, formatNumber(graph.links))
  ];
  if (graph.labels.length < graph.nodes) {
    facts.push(trans.__('the %1 with the most links are drawn', formatNumber(graph.labels.length)));
  }
  return facts.join(' · ');
}

function neighboursOf(graph: Graph): number[][] {
  const found: number[][] = graph.labels.map(() => []);
  for (const [a, b] of graph.edges) {
    if (a !== undefined && b !== undefined && a !== b) {
      found[a]?.push(b);
      found[b]?.push(a);
    }
  }
  return found.map(list => [...new Set(list)]);
}

function NodeFacts(props: { graph: Graph; node: number; neighbours: readonly number[]; choose: (node: number | null) => void }): ReactElement {
  const { graph, node, neighbours } = props;
  const group = graph.groups[node];
  return (
    <aside className="trn-graph-node" aria-label={trans.__('Node')}>
      <h3>{visible(graph.labels[node] ?? '')}</h3>
      {group && <p className="trn-quiet">{visible(group)}</p>}
      <p className="trn-quiet">{trans._n('%2 link', '%2 links', graph.degrees[node] ?? 0, formatNumber(graph.degrees[node] ?? 0))}</p>
      <ul>
        {neighbours.slice(0, FOUND).map(other => (
          <li key={other}>
            <LinkButton onClick={() => props.choose(other)}>{visible(graph.labels[other] ?? '') || '–'}</LinkButton>
          </li>
        ))}
        {neighbours.length > FOUND && <li className="trn-quiet">{trans._n('%2 more', '%2 more', neighbours.length - FOUND, formatNumber(neighbours.length - FOUND))}</li>}
      </ul>
      <LinkButton onClick={() => props.choose(null)}>{trans.__('Close')}</LinkButton>
    </aside>
  );
}

function NodeList(props: { graph: Graph; nodes: readonly number[]; chosen: number | null; choose: (node: number) => void; name: string }): ReactElement {
  const { graph, nodes } = props;
  const draw = (from: number, to: number): ReactNode =>
    nodes.slice(from, to).map((node, i) => (
      <div key={node} className="trn-graph-row" role="row" aria-rowindex={from + i + 2} data-chosen={node === props.chosen || undefined}>
        <span role="cell">
          <LinkButton onClick={() => props.choose(node)}>{visible(graph.labels[node] ?? '') || '–'}</LinkButton>
        </span>
        <span role="cell">{visible(graph.groups[node] ?? '')}</span>
        <span role="cell" data-number>
          {formatNumber(graph.degrees[node] ?? 0)}
        </span>
      </div>
    ));
  return (
    <Windowed
      count={nodes.length}
      rowHeight={ROW}
      label={props.name}
      className="trn-table-rows"
      table={{ rows: nodes.length + 1, columns: 3 }}
      header={
        <div className="trn-graph-row trn-table-head" role="row" aria-rowindex={1}>
          <span role="columnheader">{trans.__('Node')}</span>
          <span role="columnheader">{trans.__('Group')}</span>
          <span role="columnheader" data-number>
            {trans.__('Links')}
          </span>
        </div>
      }
      draw={draw}
    />
  );
}

interface View {
  zoom: number;
  x: number;
  y: number;
}

interface DrawingProps {
  graph: Graph;
  neighbours: readonly number[][];
  found: readonly number[] | null;
  chosen: number | null;
  choose: (node: number | null) => void;
  name: string;
  order: readonly number[];
}

const WHOLE: View = { zoom: 1, x: 0.5, y: 0.5 };

function Drawing(props: DrawingProps): ReactElement {
  const { graph, chosen } = props;
  const [box, setBox] = useState<HTMLDivElement | null>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(box);
  const [view, setView] = useState<View>(WHOLE);
  const [over, setOver] = useState<number | null>(null);
  const side = Math.max(50, Math.min(width, height) - 40);
  const place = useCallback(
    (node: number): [number, number] => [
      width / 2 + ((graph.x[node] ?? 0) - view.x) * side * view.zoom,
      height / 2 + ((graph.y[node] ?? 0) - view.y) * side * view.zoom
    ],
    [graph, view, side, width, height]
  );
  const size = useCallback((node: number) => Math.min(14, 2.5 + Math.sqrt(graph.degrees[node] ?? 0) * 0.9) * Math.min(1.6, Math.sqrt(view.zoom)) * (graph.labels.length > 800 ? 0.6 : 1), [graph, view.zoom]);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (canvas.current && context && width > 0) {
      const dense = Math.min(2, window.devicePixelRatio || 1);
      canvas.current.width = width * dense;
      canvas.current.height = height * dense;
      context.setTransform(dense, 0, 0, dense, 0, 0);
      draw(context, { ...props, place, size, focus: over ?? chosen, width, height });
    }
  });
  useEffect(() => {
    if (chosen !== null) {
      setView(now => ({ zoom: Math.max(now.zoom, graph.labels.length > 200 ? 4 : 1.5), x: graph.x[chosen] ?? 0.5, y: graph.y[chosen] ?? 0.5 }));
    }
  }, [chosen, graph]);
  const zoomBy = useCallback(
    (factor: number, at: [number, number] = [width / 2, height / 2]) =>
      setView(now => {
        const zoom = Math.max(0.3, Math.min(200, now.zoom * factor));
        const shift = (1 / now.zoom - 1 / zoom) / side;
        return { zoom, x: now.x + (at[0] - width / 2) * shift, y: now.y + (at[1] - height / 2) * shift };
      }),
    [width, height, side]
  );
  useEffect(() => {
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      zoomBy(event.deltaY < 0 ? 1.15 : 1 / 1.15, [event.offsetX, event.offsetY]);
    };
    box?.addEventListener('wheel', onWheel, { passive: false });
    return () => box?.removeEventListener('wheel', onWheel);
  }, [box, zoomBy]);

  const nodeAt = (x: number, y: number): number | null => {
    let best: number | null = null;
    let nearest = 12;
    for (let node = 0; node < graph.labels.length; node++) {
      const [nx, ny] = place(node);
      const distance = Math.hypot(nx - x, ny - y) - size(node);
      if (distance < nearest) {
        nearest = distance;
        best = node;
      }
    }
    return best;
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    const target = event.currentTarget;
    const start = { x: event.clientX, y: event.clientY, view };
    let moved = false;
    const bounds = target.getBoundingClientRect();
    target.setPointerCapture(event.pointerId);
    const onMove = (move: globalThis.PointerEvent): void => {
      const [dx, dy] = [move.clientX - start.x, move.clientY - start.y];
      moved ||= Math.hypot(dx, dy) > 4;
      if (moved) {
        setView({ ...start.view, x: start.view.x - dx / side / start.view.zoom, y: start.view.y - dy / side / start.view.zoom });
      }
    };
    const onUp = (up: globalThis.PointerEvent): void => {
      target.removeEventListener('pointermove', onMove);
      target.removeEventListener('pointerup', onUp);
      if (!moved) {
        props.choose(nodeAt(up.clientX - bounds.left, up.clientY - bounds.top));
      }
    };
    target.addEventListener('pointermove', onMove);
    target.addEventListener('pointerup', onUp);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = 60 / side / view.zoom;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => setView({ ...view, x: view.x - step }),
      ArrowRight: () => setView({ ...view, x: view.x + step }),
      ArrowUp: () => setView({ ...view, y: view.y - step }),
      ArrowDown: () => setView({ ...view, y: view.y + step }),
      '+': () => zoomBy(STEP),
      '=': () => zoomBy(STEP),
      '-': () => zoomBy(1 / STEP),
      '0': () => setView(WHOLE)
    };
    const move = event.ctrlKey || event.metaKey || event.altKey ? undefined : moves[event.key];
    if (move) {
      event.preventDefault();
      move();
    }
  };
  return (
    <div className="trn-graph-drawing">
      <div
        ref={setBox}
        className="trn-graph-canvas"
        tabIndex={0}
        role="application"
        aria-label={trans.__('%1: a graph. Arrows move, plus and minus zoom; the list has the same.', props.name)}
        onPointerDown={onPointerDown}
        onPointerMove={event => event.buttons === 0 && setOver(nodeAt(event.nativeEvent.offsetX, event.nativeEvent.offsetY))}
        onPointerLeave={() => setOver(null)}
        onKeyDown={onKeyDown}
      >
        <canvas ref={canvas} style={{ width, height }} />
      </div>
      <div className="trn-graph-zoom">
        <IconButton label={trans.__('Fit')} onClick={() => setView(WHOLE)}>
          <FitIcon />
        </IconButton>
        <IconButton label={trans.__('Larger')} onClick={() => zoomBy(STEP)}>
          <AddIcon />
        </IconButton>
        <IconButton label={trans.__('Smaller')} onClick={() => zoomBy(1 / STEP)}>
          <span aria-hidden="true">−</span>
        </IconButton>
      </div>
    </div>
  );
}

interface Scene extends DrawingProps {
  place: (node: number) => [number, number];
  size: (node: number) => number;
  focus: number | null;
  width: number;
  height: number;
}

function draw(context: CanvasRenderingContext2D, scene: Scene): void {
  const { graph, place, size, focus, width, height } = scene;
  const style = getComputedStyle(context.canvas);
  const text = style.getPropertyValue('--jp-ui-font-color0') || '#000';
  const ground = style.getPropertyValue('--jp-layout-color1') || '#fff';
  const near = new Set(focus === null ? [] : [focus, ...(scene.neighbours[focus] ?? [])]);
  const found = scene.found && new Set(scene.found);
  const isFaint = (node: number): boolean => (focus !== null && !near.has(node)) || (focus === null && found !== null && !found.has(node));
  context.clearRect(0, 0, width, height);
  context.strokeStyle = text;
  context.lineWidth = 1;
  for (const lit of [false, true]) {
    context.globalAlpha = lit ? 0.7 : graph.edges.length > 5000 ? 0.06 : focus === null ? 0.22 : 0.07;
    context.beginPath();
    for (const [a, b] of graph.edges) {
      if (a !== undefined && b !== undefined && (focus !== null && (a === focus || b === focus)) === lit) {
        context.moveTo(...place(a));
        context.lineTo(...place(b));
      }
    }
    context.stroke();
  }
  const groups = coloursOf(graph);
  for (let node = graph.labels.length - 1; node >= 0; node--) {
    const [x, y] = place(node);
    if (x < -20 || y < -20 || x > width + 20 || y > height + 20) {
      continue;
    }
    context.globalAlpha = isFaint(node) ? 0.15 : 1;
    context.fillStyle = groups.get(graph.groups[node] ?? null) ?? COLOURS[0] ?? '';
    context.beginPath();
    context.arc(x, y, size(node), 0, 2 * Math.PI);
    context.fill();
    context.strokeStyle = node === focus ? text : ground;
    context.lineWidth = node === focus ? 2 : 0.7;
    context.stroke();
  }
  label(context, scene, near, found, text, ground);
}

function coloursOf(graph: Graph): Map<string | null, string> {
  const counts = new Map<string | null, number>();
  graph.groups.forEach(group => counts.set(group, (counts.get(group) ?? 0) + 1));
  const names = [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  return new Map(names.map((name, i) => [name, COLOURS[Math.min(i, COLOURS.length - 1)] ?? '']));
}

/** Names of what matters most, none over another. */
function label(context: CanvasRenderingContext2D, scene: Scene, near: ReadonlySet<number>, found: ReadonlySet<number> | null, text: string, ground: string): void {
  const { graph, place, size, focus, width, height } = scene;
  const taken: [number, number, number, number][] = [];
  context.font = '11px sans-serif';
  context.textBaseline = 'middle';
  context.globalAlpha = 1;
  const first = focus === null ? (found ? scene.order.filter(node => found.has(node)) : scene.order) : [focus, ...scene.order.filter(node => node !== focus && near.has(node))];
  for (const node of first) {
    const [x, y] = place(node);
    if (taken.length >= LABELS || x < 0 || y < 0 || x > width || y > height) {
      if (taken.length >= LABELS) {
        return;
      }
      continue;
    }
    const full = visible(graph.labels[node] ?? '');
    const words = full.length > 28 ? `${full.slice(0, 27)}…` : full;
    const left = x + size(node) + 3;
    const wide = context.measureText(words).width;
    const isFree = taken.every(([l, t, r, b]) => left > r || left + wide < l || y - 7 > b || y + 7 < t);
    if (isFree) {
      taken.push([left, y - 7, left + wide, y + 7]);
      context.lineWidth = 3;
      context.strokeStyle = ground;
      context.strokeText(words, left, y);
      context.fillStyle = text;
      context.fillText(words, left, y);
    }
  }
}
