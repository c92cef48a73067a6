/** A table of any length: virtual rows, a cursor for the keyboard, selection, and more rows as one scrolls down. */
import { createColumnHelper, tableFeatures, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
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
  /** With both, rows have a box to select them. */
  selected?: ReadonlySet<string>;
  onSelect?: (ids: Set<string>) => void;
  /** Called when the end of the rows is near. */
  onEnd?: () => void;
};

const features = tableFeatures({});
const COMPACT_ROW = 32;
const TOUCH_ROW = 40;
const SECOND_LINE = 20;
/** Below this width, in px, rows have a second line. */
const NARROW = 560;
const OVERSCAN = 12;

export function DataTable<Row extends object>({ label, rows, columns, idOf, onOpen, selected, onSelect, onEnd }: Props<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const { shown, held, onScroll, release } = useHeldRows(rows, idOf);
  const visible = useMemo(() => columns.filter((column) => (column.from ?? 0) <= width), [columns, width]);
  const below = useMemo(() => (width > 0 && width < NARROW ? columns.filter((column) => column.below && !visible.includes(column)) : []), [columns, visible, width]);
  const defined = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>();
    return visible.map((column) => helper.display({ id: column.id, header: column.head, cell: ({ row }) => column.cell(row.original) }));
  }, [visible]);
  const data = useMemo(() => [...shown], [shown]);
  const table = useTable({ features, columns: defined, data, getRowId: idOf });
  const hasBelow = below.length > 0;
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (matchMedia("(pointer: coarse)").matches ? TOUCH_ROW : COMPACT_ROW) + (hasBelow ? SECOND_LINE : 0),
    overscan: OVERSCAN,
  });
  useEffect(() => virtual.measure(), [virtual, hasBelow]);
  const keys = useRowKeys({ rows: shown, idOf, onOpen, selected, onSelect, scrollTo: (index) => virtual.scrollToIndex(index) });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= shown.length - OVERSCAN) onEnd?.();
  }, [last, shown.length, rows.length, onEnd]);

  const tracks = [...(onSelect ? ["32px"] : []), ...visible.map((column) => column.width)].join(" ");
  const belowFrom = 1 + (onSelect ? 1 : 0) + (visible[0]?.isSign ? 1 : 0);
  const tableRows = table.getRowModel().rows;
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
              {table.getHeaderGroups()[0]?.headers.map((header) => (
                <span key={header.id} role="columnheader" className="clip"><table.FlexRender header={header} /></span>
              ))}
            </div>
          </div>
          <div role="rowgroup" ref={keys.body} onKeyDown={keys.onKeyDown} className="relative" style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = tableRows[item.index];
              if (!row) return null;
              return (
                <TableRow key={row.id} id={row.id} index={item.index} top={item.start} height={item.size} tracks={tracks}
                  isCursor={item.index === keys.index} isSelected={selected?.has(row.id)}
                  onOpen={() => onOpen(row.original)} onFocus={() => keys.setAt(row.id)} onToggle={onSelect && (() => keys.toggle(row.id))}
                  cells={row.getAllCells().map((cell) => ({ id: cell.id, content: <table.FlexRender cell={cell} /> }))}
                  below={below.map((column) => ({ id: column.id, content: column.cell(row.original) }))} belowFrom={belowFrom} />
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}
