/** The lines in view. Copied text has neither numbers nor colour codes. */
import { type KeyboardEvent, type MouseEvent, memo } from "react";
import { Ansi } from "../../../components/Ansi";
import { classes } from "../../../lib/classes";
import type { LogLine } from "../../../queries/logs";
import type { Lines } from "./lines";
import type { Viewport } from "./useViewport";
import { LINE } from "./viewport";

/** A longer line is cut: the download has all of it. */
const MAX_CHARACTERS = 4000;
const UP = new Set(["ArrowUp", "PageUp", "Home"]);

type Props = {
  viewport: Viewport;
  lineAt: (index: number) => LogLine | undefined;
  wanted: string;
  cursor: number | null;
  marked: Lines | null;
  onMark: (from: number, to: number) => void;
  onLeaveEnd: () => void;
};

export function LogLines({ viewport, lineAt, wanted, cursor, marked, onMark, onLeaveEnd }: Props) {
  const { first, last } = viewport;
  const onClick = (event: MouseEvent) => {
    const number = Number((event.target as HTMLElement).dataset["number"]);
    if (!number) return;
    if (event.shiftKey && marked) onMark(Math.min(marked.from, number), Math.max(marked.from, number));
    else onMark(number, number);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (UP.has(event.key)) onLeaveEnd();
  };
  return (
    <div ref={viewport.element} tabIndex={0} role="log" aria-live="off" aria-label="Log" onScroll={viewport.onScroll} onClick={onClick} onKeyDown={onKeyDown}
      onWheel={(event) => event.deltaY < 0 && onLeaveEnd()} className="min-h-0 flex-1 overflow-auto border-t border-line font-mono text-12 -outline-offset-2 [overflow-anchor:none]">
      <div className="relative w-max min-w-full" style={{ height: viewport.height }}>
        <div className="absolute top-0 left-0 w-max min-w-full" style={{ transform: `translateY(${viewport.offset}px)` }}>
          {Array.from({ length: Math.max(0, last - first) }, (_, at) => {
            const index = first + at;
            const isMarked = marked !== null && index + 1 >= marked.from && index + 1 <= marked.to;
            return <Line key={index} number={index + 1} line={lineAt(index)} wanted={wanted} isMarked={isMarked} isCursor={index === cursor} />;
          })}
        </div>
      </div>
    </div>
  );
}

type LineProps = { number: number; line: LogLine | undefined; wanted: string; isMarked: boolean; isCursor: boolean };

const Line = memo(function Line({ number, line, wanted, isMarked, isCursor }: LineProps) {
  return (
    <div className={classes("flex whitespace-pre hover:bg-hover", (isMarked || isCursor) && "bg-selected")} style={{ height: LINE }} title={line?.ts} data-cursor={isCursor || undefined}>
      <span aria-hidden data-number={number} className={classes("w-16 shrink-0 cursor-pointer border-l-2 pr-3 text-right text-muted select-none before:pointer-events-none before:content-[attr(data-number)] hover:text-ink", isCursor ? "border-accent" : "border-transparent")} />
      {line ? (
        <span className={line.stream === "stderr" ? "border-l-2 border-waits pl-2" : "pl-2.5"}><Content text={line.line} wanted={wanted} />{"\n"}</span>
      ) : (
        <span className="my-1 w-64 rounded-sm bg-hover" />
      )}
    </div>
  );
});

function Content({ text, wanted }: { text: string; wanted: string }) {
  const rest = text.length - MAX_CHARACTERS;
  const shown = rest > 0 ? text.slice(0, MAX_CHARACTERS) : text;
  const at = wanted === "" || shown.includes("\u001b") ? -1 : shown.toLowerCase().indexOf(wanted.toLowerCase());
  return (
    <>
      {at < 0 ? <Ansi text={shown} /> : <>{shown.slice(0, at)}<mark className="bg-accent text-on-accent">{shown.slice(at, at + wanted.length)}</mark>{shown.slice(at + wanted.length)}</>}
      {rest > 0 && <span className="text-muted select-none"> … and {rest.toLocaleString()} more characters, in the download</span>}
    </>
  );
}
