/** Every event of the job, in order, with who caused it. A click shows the job as it stood then. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { classes } from "../../../lib/classes";
import type { HistoryEntry } from "../../../queries/history";
import { absolute, exactTime } from "../../../lib/time";
import { detailsOf, isMark, wordsOf } from "./words";

const ROW = 32;

type Props = { entries: readonly HistoryEntry[]; at: number | null; onAt: (seq: number | null, step?: string) => void };

export function HistoryView({ entries, at, onAt }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: entries.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 12 });
  const index = at === null ? entries.length - 1 : Math.max(0, entries.findLastIndex((entry) => entry.seq <= at));
  useEffect(() => virtual.scrollToIndex(index), [virtual, index]);
  const choose = (next: number) => {
    const entry = entries[next];
    if (!entry) return;
    onAt(next === entries.length - 1 ? null : entry.seq, entry.step_name ?? undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const way = ({ ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 } as Record<string, number>)[event.key];
    if (way === undefined) return;
    event.preventDefault();
    choose(index + way);
  };
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto">
      <div role="listbox" data-keys tabIndex={0} aria-label="History" aria-activedescendant={`entry-${index}`} onKeyDown={onKeyDown} className="relative -outline-offset-2" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const entry = entries[item.index];
          return entry && <Row key={entry.seq} id={`entry-${item.index}`} entry={entry} top={item.start} isChosen={item.index === index} isLater={item.index > index} onChoose={() => choose(item.index)} />;
        })}
      </div>
    </div>
  );
}

type RowProps = { id: string; entry: HistoryEntry; top: number; isChosen: boolean; isLater: boolean; onChoose: () => void };

const MARK = { bad: "font-medium text-bad", waits: "font-medium text-waits" };

function Row({ id, entry, top, isChosen, isLater, onChoose }: RowProps) {
  const mark = isMark(entry);
  const details = detailsOf(entry.details);
  return (
    <div id={id} role="option" aria-selected={isChosen} onClick={onChoose} data-clickable title={`${absolute(entry.at)}\n${details}`}
      className={classes("absolute inset-x-0 grid cursor-pointer grid-cols-[92px_minmax(0,auto)_minmax(0,1fr)_auto] items-center gap-3 px-4", isChosen ? "bg-selected" : "hover:bg-hover")}
      style={{ height: ROW, transform: `translateY(${top}px)` }}>
      <time dateTime={entry.at} className="font-mono text-12 text-muted">{exactTime(entry.at)}</time>
      <span className={classes("clip", mark && MARK[mark], isLater && "text-muted italic")}>{wordsOf(entry)}{entry.step_name && <> <span className="font-normal">{entry.step_name}</span></>}{entry.attempt !== null && entry.attempt > 1 && <span className="text-muted"> #{entry.attempt}</span>}</span>
      <span className="clip text-12 text-muted">{details}</span>
      <span className="text-12 text-muted">{entry.actor}</span>
    </div>
  );
}
