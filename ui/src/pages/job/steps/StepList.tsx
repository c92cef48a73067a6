/** The steps, which are the timeline as well: glyph, name, reason or duration, and bars of when it waited and ran. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useSeconds } from "../../../lib/clock";
import { useRowHeight } from "../../../lib/density";
import { hasEnded, hasFailed } from "../../../lib/status";
import { useChildJobs } from "../../../queries/jobContext";
import type { JobDetail } from "../../../queries/jobs";
import { type Part, WHOLE } from "../search";
import { partOf, spanOf, unblockedAt } from "./bars";
import { Brush } from "./Brush";
import { JobRow, StepRow, TitleRow } from "./StepRow";
import { rowsOf } from "./rows";

const END = 15;

type Props = { job: JobDetail; part: Part; onPart: (part: Part) => void; chosen: string | undefined; onChoose: (step: string) => void; onEnd: () => void };

export function StepList({ job, part, onPart, chosen, onChoose, onEnd }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const now = useSeconds(!hasEnded(job.status));
  const whole = spanOf(job, now);
  const span = part === WHOLE ? whole : partOf(whole, part);
  const freeAt = useMemo(() => unblockedAt(job), [job]);
  const failed = useMemo(() => job.steps.filter((step) => hasFailed(step.status)).map((step) => step.completed_at), [job.steps]);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const { data: children } = useChildJobs(job);
  const rows = useMemo(() => rowsOf(job.steps, opened, children ?? []), [job.steps, opened, children]);
  const at = Math.max(0, rows.findIndex((row) => row.kind === "step" && row.key === chosen));
  const height = useRowHeight();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 10,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  useEffect(() => virtual.scrollToIndex(at), [virtual, at]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - END) onEnd();
  }, [last, rows.length, onEnd]);

  const toggle = (name: string) =>
    setOpened((before) => {
      const next = new Set(before);
      if (!next.delete(name)) next.add(name);
      return next;
    });
  const move = (way: number) => {
    for (let next = at + way; rows[next]; next += way) {
      const row = rows[next];
      if (row?.kind === "step") return onChoose(row.key);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[at];
    const loop = row?.kind === "step" ? row.loop : null;
    const acts: Record<string, (() => void) | undefined> = {
      ArrowDown: () => move(1), j: () => move(1), ArrowUp: () => move(-1), k: () => move(-1),
      ArrowRight: loop && !loop.isOpen ? () => toggle(row?.key ?? "") : undefined,
      ArrowLeft: loop?.isOpen ? () => toggle(row?.key ?? "") : undefined,
    };
    const act = acts[event.key];
    if (!act || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  return (
    <>
    <Brush whole={whole} part={part} onPart={onPart} failed={failed} />
    <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto">
        <div role="listbox" data-keys tabIndex={0} aria-label="Steps" aria-activedescendant={`step-${at}`} onKeyDown={onKeyDown} className="relative -outline-offset-2" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const place = { id: `step-${item.index}`, top: item.start, height: item.size };
            if (row.kind === "title") return <TitleRow key={row.key} {...place} label={row.label} />;
            if (row.kind === "job") return <JobRow key={row.key} {...place} row={row} span={span} onOpen={() => void navigate({ to: "/jobs/$id", params: { id: row.job.job_id } })} />;
            return <StepRow key={row.key} {...place} row={row} span={span} whole={whole} free={freeAt(row.step)} isChosen={item.index === at} onChoose={() => onChoose(row.key)} onToggle={() => toggle(row.key)} />;
          })}
        </div>
    </div>
    </>
  );
}
