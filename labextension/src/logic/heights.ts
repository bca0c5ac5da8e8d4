/** Tops of rows of different heights, of which most are not known yet: a page of rows is measured when it is. */

export const PAGE = 500;

export class Heights {
  /** Heights of the rows of a page, summed up. */
  private readonly _within = new Map<number, number[]>();
  /** Tops of the pages as far as they are right. */
  private readonly _tops: number[] = [0];

  constructor(readonly rowHeight: number) {}

  /** What the rows of a page measure; the last page may have fewer rows. */
  set(page: number, heights: readonly number[]): void {
    const sums: number[] = [0];
    for (const height of heights) {
      sums.push((sums.at(-1) ?? 0) + height);
    }
    this._within.set(page, sums);
    this._tops.length = Math.min(this._tops.length, page + 1);
  }

  /** Whether so many rows of a page are measured. */
  has(page: number, rows: number): boolean {
    return (this._within.get(page)?.length ?? 0) > rows;
  }

  topOf(row: number): number {
    const page = Math.floor(row / PAGE);
    for (let next = this._tops.length; next <= page; next++) {
      this._tops.push((this._tops[next - 1] ?? 0) + this._height(next - 1));
    }
    const within = row - page * PAGE;
    const sums = this._within.get(page);
    const known = sums ? Math.min(within, sums.length - 1) : 0;
    return (this._tops[page] ?? 0) + (sums?.[known] ?? 0) + (within - known) * this.rowHeight;
  }

  private _height(page: number): number {
    const sums = this._within.get(page);
    const known = sums ? sums.length - 1 : 0;
    return (sums?.at(-1) ?? 0) + (PAGE - known) * this.rowHeight;
  }
}
