/** A table of any length: virtual rows, a cursor for the keyboard, selection, and more rows as one scrolls down. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { useRowHeight } from "../../lib/density";
import { useStable } from "../../lib/useStable";
import { useWidth } from "../../lib/useWidth";
import { Button } from "../Button";
import type { Column } from "./columns";
import { TableRow } from "./TableRow";
import { useHeldRows, useRowKeys } from "./useRows";

type Props<Row extends object> = {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  idOf: (row: Row) => string;
  onOpen: (row: Row) => void;
  /** What lights a row up once when it changes. */
  stateOf?: (row: Row) => string;
  /** With both, rows have a box to select them. */
  selected?: ReadonlySet<string>;
  onSelect?: (ids: Set<string>) => void;
  /** Called when the end of the rows is near. */
  onEnd?: () => void;
};

const SECOND_LINE = 20;
/** Below this width, in px, rows have a second line. */
const NARROW = 560;
const OVERSCAN = 12;

export function DataTable<Row extends object>({ label, rows, columns, idOf, stateOf, onOpen, selected, onSelect, onEnd }: Props<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const { shown, held, onScroll, release } = useHeldRows(rows, idOf);
  const visible = useMemo(() => columns.filter((column) => (column.from ?? 0) <= width), [columns, width]);
  const below = useMemo(() => (width > 0 && width < NARROW ? columns.filter((column) => column.below && !visible.includes(column)) : []), [columns, visible, width]);
  const hasBelow = below.length > 0;
  const height = useRowHeight() + (hasBelow ? SECOND_LINE : 0);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: OVERSCAN,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  const keys = useRowKeys({ rows: shown, idOf, onOpen, selected, onSelect, scrollTo: (index) => virtual.scrollToIndex(index) });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= shown.length - OVERSCAN) onEnd?.();
  }, [last, shown.length, rows.length, onEnd]);

  const tracks = [...(onSelect ? ["32px"] : []), ...visible.map((column) => column.width)].join(" ");
  const belowFrom = 1 + (onSelect ? 1 : 0) + (visible[0]?.isSign ? 1 : 0);
  const open = useStable(onOpen);
  const toggle = useStable(keys.toggle);
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {held > 0 && (
        <Button look="primary" className="rise-in absolute top-9 left-1/2 z-10 -translate-x-1/2"
          onClick={() => { release(); scroller.current?.scrollTo({ top: 0 }); }}>
          {held} new
        </Button>
      )}
      <div ref={scroller} className="min-h-0 flex-1 overflow-auto" onScroll={(event) => onScroll(event.currentTarget.scrollTop)}>
        <div role="grid" aria-label={label} aria-rowcount={shown.length + 1} aria-multiselectable={onSelect ? true : undefined}>
          <div role="rowgroup" className="sticky top-0 z-[1] border-b border-line bg-surface">
            <div role="row" aria-rowindex={1} className="grid h-8 items-center gap-3 px-4 text-12 text-muted" style={{ gridTemplateColumns: tracks }}>
              {onSelect && <span role="columnheader"><span className="sr-only">Selected</span></span>}
              {visible.map((column) => <span key={column.id} role="columnheader" className="clip">{column.head}</span>)}
            </div>
          </div>
          <div role="rowgroup" ref={keys.body} onKeyDown={keys.onKeyDown} className="relative" style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = shown[item.index];
              if (!row) return null;
              const id = idOf(row);
              return (
                <TableRow key={id} row={row} id={id} state={stateOf?.(row)} index={item.index} top={item.start} height={item.size} tracks={tracks}
                  columns={visible} below={below} belowFrom={belowFrom} isCursor={item.index === keys.index} isSelected={selected?.has(id)}
                  onOpen={open} onFocus={keys.setAt} onToggle={onSelect && toggle} />
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}
