/** The file that defines the task, at the line of the task or of the chosen step; read only. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { ErrorState } from "../../components/ErrorState";
import { EmptyState, Skeleton } from "../../components/States";
import { classes } from "../../lib/classes";
import { useFile } from "../../queries/task";
import type { TaskDetail } from "../../queries/tasks";
import { type Token, tokensOf } from "./yaml";

const LINE = 18;
const LOOKS: Record<Token["kind"], string> = { key: "text-accent", text: "text-good", number: "text-live", comment: "text-muted", mark: "text-muted", template: "text-waits", plain: "" };

export function DefinitionTab({ task, step }: { task: TaskDetail; step: string | undefined }) {
  const chosen = step === undefined ? undefined : task.flow[step];
  const { file = task.file, line = task.line } = chosen ?? {};
  const { data, error, refetch } = useFile(task.workspace, file, task.revision);
  if (!file) return <EmptyState title="It is not known which file defines this task." />;
  if (error && data === undefined) return <div className="px-4"><ErrorState error={error} what={`${file} could not be read`} onRetry={() => void refetch()} /></div>;
  if (data === undefined) return <Skeleton />;
  return (
    <>
      <p className="px-4 py-1.5 font-mono text-12 text-muted">{file}:{line}</p>
      <Lines text={data} chosen={line ?? 1} label={file} />
    </>
  );
}

function Lines({ text, chosen, label }: { text: string; chosen: number; label: string }) {
  const lines = useMemo(() => text.split("\n"), [text]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => LINE, overscan: 20 });
  useEffect(() => virtual.scrollToIndex(chosen - 1, { align: "center" }), [virtual, chosen]);
  return (
    <div ref={scroller} tabIndex={0} role="region" aria-label={label} className="min-h-0 flex-1 overflow-auto border-t border-line font-mono text-12 -outline-offset-2">
      <div className="relative w-max min-w-full" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <div key={index} className={classes("absolute left-0 flex min-w-full whitespace-pre", index === chosen - 1 && "bg-selected")} style={{ height: LINE, transform: `translateY(${start}px)` }}>
            <span aria-hidden data-number={index + 1} className="w-14 shrink-0 pr-3 text-right text-muted select-none before:content-[attr(data-number)]" />
            <span>{tokensOf(lines[index] ?? "").map((token, at) => <span key={at} className={LOOKS[token.kind]}>{token.text}</span>)}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
