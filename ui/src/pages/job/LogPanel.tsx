/** The log of a step: virtual lines of 18 px, open at the first error of a failed step, else at the end. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Ansi } from "../../components/Ansi";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { Skeleton } from "../../components/States";
import { useKeys } from "../../lib/useKeys";
import { firstError, type LogLine, TAIL_LINES, useStepLog } from "../../queries/logs";

const LINE = 18;
const NO_LINES: LogLine[] = [];

export function LogPanel({ jobId, step, isOpen }: { jobId: string; step: string; isOpen: boolean }) {
  const { data, error, isPending, refetch } = useStepLog(jobId, step, isOpen);
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    if (wasOpen.current && !isOpen) void refetch(); // the last lines come with the end of the step
    wasOpen.current = isOpen;
  }, [isOpen, refetch]);
  if (isPending) return <Skeleton rows={5} />;
  if (error && !data) return <div className="px-4"><ErrorState error={error} what={`The log of ${step} could not be read`} onRetry={() => void refetch()} /></div>;
  const lines = data ?? NO_LINES;
  if (lines.length === 0) return <p className="p-4 text-muted">{isOpen ? "Nothing was printed yet." : "This step printed nothing."}</p>;
  return <Lines lines={lines} isOpen={isOpen} address={`/api/jobs/${jobId}/steps/${encodeURIComponent(step)}/logs?format=text`} />;
}

function Lines({ lines, isOpen, address }: { lines: LogLine[]; isOpen: boolean; address: string }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(isOpen);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => LINE, overscan: 30 });
  const error = firstError(lines);
  const start = useRef(isOpen || error < 0 ? lines.length - 1 : error);
  useEffect(() => virtual.scrollToIndex(start.current, { align: isOpen ? "end" : "center" }), [virtual, isOpen]);
  useEffect(() => {
    if (follows) virtual.scrollToIndex(lines.length - 1, { align: "end" });
  }, [virtual, follows, lines.length]);
  useKeys({ e: () => error >= 0 && virtual.scrollToIndex(error, { align: "center" }), f: () => setFollows((now) => !now) });
  const first = lines[0]?.seq ?? 0;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 px-4 py-1">
        <span className="flex-1 text-12 text-muted">{lines.length} {lines.length === 1 ? "line" : "lines"}{lines.length === TAIL_LINES && ": the last ones; the download has all"}</span>
        {isOpen && <Button look="quiet" aria-pressed={follows} onClick={() => setFollows(!follows)}>{follows ? "Following" : "Follow"}</Button>}
        <a href={address} download className="inline-flex min-h-(--target) items-center gap-1 rounded-md px-2 text-muted hover:bg-hover hover:text-ink"><Download size={13} aria-hidden />Download</a>
      </div>
      <div ref={scroller} tabIndex={0} role="log" aria-live="off" aria-label="Log" className="min-h-0 flex-1 overflow-auto border-t border-line font-mono text-12 -outline-offset-2"
        onWheel={(event) => event.deltaY < 0 && setFollows(false)}>
        <div className="relative w-max min-w-full" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index];
            return line && <Line key={item.key} line={line} number={line.seq - first + 1} top={item.start} isError={item.index === error} />;
          })}
        </div>
      </div>
    </>
  );
}

function Line({ line, number, top, isError }: { line: LogLine; number: number; top: number; isError: boolean }) {
  return (
    <div className={`absolute left-0 flex min-w-full whitespace-pre hover:bg-hover ${isError ? "bg-selected" : ""}`} style={{ height: LINE, transform: `translateY(${top}px)` }} title={line.ts}>
      <span aria-hidden data-number={number} className="w-14 shrink-0 pr-3 text-right text-muted select-none before:content-[attr(data-number)]" />
      <span className={line.stream === "stderr" ? "border-l-2 border-waits pl-2" : "pl-2.5"}><Ansi text={line.line} /></span>
    </div>
  );
}
