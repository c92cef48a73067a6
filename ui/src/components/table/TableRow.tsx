import type { MouseEvent, ReactNode } from "react";
import { classes } from "../../lib/classes";

type Props = {
  id: string;
  index: number;
  top: number;
  height: number;
  tracks: string;
  isCursor: boolean;
  isSelected: boolean | undefined;
  onOpen: () => void;
  onFocus: () => void;
  onToggle: (() => void) | undefined;
  cells: { id: string; content: ReactNode }[];
  /** The second line of the row, and the column in which it begins, from 1. */
  below: { id: string; content: ReactNode }[];
  belowFrom: number;
};

/** One row; a click anywhere on it opens it, except on what has an act of its own. */
export function TableRow({ index, top, height, tracks, isCursor, isSelected, onOpen, onFocus, onToggle, cells, below, belowFrom }: Props) {
  const onClick = (event: MouseEvent) => {
    if (!(event.target as HTMLElement).closest("a, button, input") && getSelection()?.isCollapsed !== false) onOpen();
  };
  return (
    <div role="row" aria-rowindex={index + 2} aria-selected={onToggle ? isSelected : undefined} tabIndex={isCursor ? 0 : -1}
      data-cursor={isCursor} data-clickable onClick={onClick} onFocus={(event) => event.target === event.currentTarget && onFocus()}
      className={classes("absolute inset-x-0 grid content-center items-center gap-x-3 border-b border-line px-4 -outline-offset-2 hover:bg-hover", isSelected && "bg-selected")}
      style={{ gridTemplateColumns: tracks, height, transform: `translateY(${top}px)` }}>
      {onToggle && (
        <span role="gridcell" className="flex">
          <input type="checkbox" aria-label="Select this row" checked={isSelected ?? false} onChange={onToggle} tabIndex={-1} className="size-4 accent-(--accent)" />
        </span>
      )}
      {cells.map((cell) => <span key={cell.id} role="gridcell" className="min-w-0 clip">{cell.content}</span>)}
      {below.length > 0 && (
        <span className="flex min-w-0 gap-3 overflow-hidden text-12 text-muted" style={{ gridColumn: `${belowFrom} / -1` }}>
          {below.map((cell) => <span key={cell.id} role="gridcell" className="clip max-w-3/5 shrink-0 empty:hidden last:min-w-0 last:shrink">{cell.content}</span>)}
        </span>
      )}
    </div>
  );
}
