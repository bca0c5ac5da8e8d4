/** Where in a notebook a frame of a traceback is. */

export interface CellPlace {
  /** The number that the executed notebook shows at the cell. */
  cell: number;
  line: number;
}

const IN_A_CELL = /^In \[(\d+)\], line (\d+)$/;

/** The cell and its line, for frames of cells; the frame's own line is one of the source as the tool's page shows it. */
export function cellOf(frame: { function: string }): CellPlace | null {
  const found = IN_A_CELL.exec(frame.function);
  return found ? { cell: Number(found[1]), line: Number(found[2]) } : null;
}
