/** Scrolling through more than a browser's element can be high: the bar moves in large steps, the wheel in small ones. */

/** Pixels that every browser can make an element. */
const HIGHEST = 8_000_000;

export interface Tall {
  /** Height of the element that is scrolled. */
  height: number;
  /** Pixels of the content that one pixel of the bar stands for. */
  scale: number;
}

export function tallOf(content: number, view: number): Tall {
  const height = Math.min(content, HIGHEST);
  const scale = content > height ? (content - view) / (height - view) : 1;
  return { height, scale };
}

/** Rows from `from` to before `to` that are in sight when the content is scrolled by so much. */
export function rowsInSight(top: number, view: number, rowHeight: number, count: number, margin: number): [number, number] {
  const from = Math.max(0, Math.floor(top / rowHeight) - margin);
  return [Math.min(from, count), Math.min(count, Math.ceil((top + view) / rowHeight) + margin)];
}
