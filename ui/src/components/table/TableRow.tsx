import { memo, type MouseEvent } from "react";
import { classes } from "../../lib/classes";
import { usePulse } from "../../lib/usePulse";
import type { Column } from "./columns";

type Props<Row> = {
  row: Row;
  id: string;
  /** The row lights up once when it changes. */
  state: string | undefined;
  index: number;
  top: number;
  height: number;
  tracks: string;
  columns: readonly Column<Row>[];
  /** The columns of the second line, and the column in which it begins, from 1. */
  below: readonly Column<Row>[];
  belowFrom: number;
  isCursor: boolean;
  isSelected: boolean | undefined;
  onOpen: (row: Row) => void;
  onFocus: (id: string) => void;
  onToggle: ((id: string) => void) | undefined;
};

/** One row; a click anywhere on it opens it, except on what has an act of its own. */
function Drawn<Row>({ row, id, state, index, top, height, tracks, columns, below, belowFrom, isCursor, isSelected, onOpen, onFocus, onToggle }: Props<Row>) {
  const pulse = usePulse(state);
  const onClick = (event: MouseEvent) => {
    if (!(event.target as HTMLElement).closest("a, button, input") && getSelection()?.isCollapsed !== false) onOpen(row);
  };
  return (
    <div role="row" aria-rowindex={index + 2} aria-selected={onToggle ? isSelected : undefined} tabIndex={isCursor ? 0 : -1}
      data-cursor={isCursor} data-clickable onClick={onClick} onFocus={(event) => event.target === event.currentTarget && onFocus(id)} onAnimationEnd={pulse.onAnimationEnd}
      className={classes("absolute inset-x-0 grid content-center items-center gap-x-3 border-b border-line px-4 -outline-offset-2 hover:bg-hover", isSelected && "bg-selected", pulse.className)}
      style={{ gridTemplateColumns: tracks, height, transform: `translateY(${top}px)` }}>
      {onToggle && (
        <span role="gridcell" className="flex">
          <input type="checkbox" aria-label="Select this row" checked={isSelected ?? false} onChange={() => onToggle(id)} tabIndex={-1} className="size-4 accent-(--accent)" />
        </span>
      )}
      {columns.map((column) => <span key={column.id} role="gridcell" className="min-w-0 clip">{column.cell(row)}</span>)}
      {below.length > 0 && (
        <span className="flex min-w-0 gap-3 overflow-hidden text-12 text-muted" style={{ gridColumn: `${belowFrom} / -1` }}>
          {below.map((column) => <span key={column.id} role="gridcell" className="clip max-w-3/5 shrink-0 empty:hidden last:min-w-0 last:shrink">{column.cell(row)}</span>)}
        </span>
      )}
    </div>
  );
}

/** While one scrolls, the rows that stay are not drawn again. */
export const TableRow = memo(Drawn) as typeof Drawn;
