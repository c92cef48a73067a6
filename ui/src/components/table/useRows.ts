/** The state of a table's rows: where the cursor is, which are selected, and which new ones are held back. */
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { hasModifier, shortcutsAreOn } from "../../lib/keyboard";

type Options<Row> = {
  rows: readonly Row[];
  idOf: (row: Row) => string;
  onOpen: (row: Row) => void;
  scrollTo: (index: number) => void;
  selected: ReadonlySet<string> | undefined;
  onSelect: ((ids: Set<string>) => void) | undefined;
};

/** `j k ↑ ↓ Home End` move the cursor, `↵` opens, `x` or the space bar selects. The cursor follows its row. */
export function useRowKeys<Row>({ rows, idOf, onOpen, scrollTo, selected, onSelect }: Options<Row>) {
  const [at, setAt] = useState<string | null>(null);
  const body = useRef<HTMLDivElement>(null);
  const index = Math.max(0, at === null ? 0 : rows.findIndex((row) => idOf(row) === at));
  const wanted = useRef(false);

  useEffect(() => {
    if (!wanted.current) return;
    wanted.current = false;
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>('[data-cursor="true"]')?.focus());
  }, [index]);

  const move = (next: number) => {
    const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
    if (row === undefined) return;
    wanted.current = true;
    setAt(idOf(row));
    scrollTo(rows.indexOf(row));
  };

  const toggle = (id: string) => {
    if (!onSelect) return;
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[index];
    const isOnRow = (event.target as HTMLElement).role === "row";
    if (row === undefined || hasModifier(event) || !isOnRow) return;
    const act: Record<string, () => void> = {
      ArrowDown: () => move(index + 1),
      ArrowUp: () => move(index - 1),
      Home: () => move(0),
      End: () => move(rows.length - 1),
      Enter: () => onOpen(row),
      " ": () => toggle(idOf(row)),
      ...(shortcutsAreOn() && { j: () => move(index + 1), k: () => move(index - 1), x: () => toggle(idOf(row)) }),
    };
    const found = act[event.key];
    if (!found) return;
    event.preventDefault();
    event.stopPropagation();
    found();
  };

  return { body, index, setAt, move, toggle, onKeyDown };
}

/** While a reader is not at the top, new rows wait above: nothing moves under the pointer. */
export function useHeldRows<Row>(rows: readonly Row[], idOf: (row: Row) => string) {
  const [first, setFirst] = useState<string | null>(null);
  const found = first === null ? 0 : rows.findIndex((row) => idOf(row) === first);
  const held = Math.max(0, found);
  const shown = held === 0 ? rows : rows.slice(held);

  const onScroll = (top: number) => {
    if (top <= 8) setFirst(null);
    else if (first === null && rows[0] !== undefined) setFirst(idOf(rows[0]));
  };
  return { shown, held, onScroll, release: () => setFirst(null) };
}
