/** What was added to a text and what was taken away, line by line. */

export interface DiffLine {
  kind: 'same' | 'added' | 'removed' | 'skipped';
  text: string;
  /** Numbers of the line in each text, from 1; null where it is not in it. */
  before: number | null;
  after: number | null;
}

/** Beyond so many comparisons the changed part is shown as replaced: exactness is not worth the wait. */
const MOST_CELLS = 4_000_000;
const CONTEXT = 3;

export function lineDiff(before: string, after: string): DiffLine[] {
  const one = before.split('\n');
  const other = after.split('\n');
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) {
    start++;
  }
  let end = 0;
  while (end < one.length - start && end < other.length - start && one[one.length - 1 - end] === other[other.length - 1 - end]) {
    end++;
  }
  const lines: DiffLine[] = [];
  const same = (i: number, j: number): void => void lines.push({ kind: 'same', text: one[i] ?? '', before: i + 1, after: j + 1 });
  const removed = (i: number): void => void lines.push({ kind: 'removed', text: one[i] ?? '', before: i + 1, after: null });
  const added = (j: number): void => void lines.push({ kind: 'added', text: other[j] ?? '', before: null, after: j + 1 });
  for (let i = 0; i < start; i++) {
    same(i, i);
  }
  const [rows, columns] = [one.length - start - end, other.length - start - end];
  const kept = rows * columns > MOST_CELLS ? [] : common(one.slice(start, start + rows), other.slice(start, start + columns));
  let [i, j] = [0, 0];
  for (const [row, column] of [...kept, [rows, columns] as const]) {
    while (i < row) {
      removed(start + i++);
    }
    while (j < column) {
      added(start + j++);
    }
    if (row < rows) {
      same(start + i++, start + j++);
    }
  }
  for (let k = 0; k < end; k++) {
    same(one.length - end + k, other.length - end + k);
  }
  return lines;
}

/** Pairs of lines that are in both, in order: the longest such list. */
function common(one: readonly string[], other: readonly string[]): [number, number][] {
  const width = other.length + 1;
  const longest = new Uint32Array((one.length + 1) * width);
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      const at = i * width + j;
      longest[at] =
        one[i] === other[j] ? (longest[at + width + 1] ?? 0) + 1 : Math.max(longest[at + width] ?? 0, longest[at + 1] ?? 0);
    }
  }
  const pairs: [number, number][] = [];
  let [i, j] = [0, 0];
  while (i < one.length && j < other.length) {
    if (one[i] === other[j]) {
      pairs.push([i++, j++]);
    } else if ((longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0)) {
      i++;
    } else {
      j++;
    }
  }
  return pairs;
}

/** The changed lines with some around them; a line stands for what is left out, its text is how many. */
export function folded(lines: readonly DiffLine[]): DiffLine[] {
  const shown = new Uint8Array(lines.length);
  lines.forEach((line, at) => {
    if (line.kind !== 'same') {
      shown.fill(1, Math.max(0, at - CONTEXT), at + CONTEXT + 1);
    }
  });
  const found: DiffLine[] = [];
  let left = 0;
  const close = (): void => {
    if (left > 0) {
      found.push({ kind: 'skipped', text: String(left), before: null, after: null });
      left = 0;
    }
  };
  lines.forEach((line, at) => {
    if (shown[at]) {
      close();
      found.push(line);
    } else {
      left++;
    }
  });
  close();
  return found;
}
