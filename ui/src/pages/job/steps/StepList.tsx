/** The steps, which are the timeline as well: glyph, name, reason or duration, and a bar for each attempt. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { StatusGlyph } from "../../../components/Status";
import { Duration } from "../../../components/Time";
import { classes } from "../../../lib/classes";
import { useSeconds } from "../../../lib/clock";
import { hasEnded, lookOf } from "../../../lib/status";
import type { JobDetail, Step } from "../../../queries/jobs";
import { barsOf, type Span, spanOf } from "./bars";

const ROW = 32;
const COLOUR = { good: "bg-good", bad: "bg-bad", live: "bg-live", waits: "text-waits hatched bg-waits/20", idle: "bg-idle" };

type Props = { job: JobDetail; chosen: string | undefined; onChoose: (step: string) => void };

export function StepList({ job, chosen, onChoose }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const now = useSeconds(!hasEnded(job.status));
  const span = spanOf(job, now);
  const at = Math.max(0, job.steps.findIndex((step) => step.step_name === chosen));
  const virtual = useVirtualizer({ count: job.steps.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 10 });
  useEffect(() => virtual.scrollToIndex(at), [virtual, at]);
  const onKeyDown = (event: KeyboardEvent) => {
    const way = ({ ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 } as Record<string, number>)[event.key];
    const next = way === undefined ? undefined : job.steps[at + way];
    if (!next) return;
    event.preventDefault();
    onChoose(next.step_name);
  };
  return (
    <section aria-label="Steps" className="flex w-[44%] max-w-[640px] min-w-72 shrink-0 flex-col border-line max-md:max-h-64 max-md:w-full max-md:max-w-none max-md:border-b md:border-r">
      <h2 className="px-4 py-1.5 text-12 font-normal text-muted">{job.steps.length} {job.steps.length === 1 ? "step" : "steps"}{job.steps_next !== undefined && ", and more that are not shown"}</h2>
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto">
        <div role="listbox" tabIndex={0} aria-label="Steps" aria-activedescendant={`step-${at}`} onKeyDown={onKeyDown} className="relative -outline-offset-2" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const step = job.steps[item.index];
            return step && (
              <StepRow key={step.step_name} id={`step-${item.index}`} step={step} span={span} top={item.start} isChosen={item.index === at} onChoose={() => onChoose(step.step_name)} />
            );
          })}
        </div>
      </div>
    </section>
  );
}

type RowProps = { id: string; step: Step; span: Span; top: number; isChosen: boolean; onChoose: () => void };

function StepRow({ id, step, span, top, isChosen, onChoose }: RowProps) {
  const isLoopItem = step.loop_index !== null;
  return (
    <div id={id} role="option" aria-selected={isChosen} onClick={onChoose} data-clickable
      className={classes("absolute inset-x-0 grid cursor-pointer grid-cols-[16px_minmax(0,1.2fr)_minmax(64px,auto)_minmax(0,1fr)] items-center gap-2 px-4", isChosen ? "bg-selected" : "hover:bg-hover")}
      style={{ height: ROW, transform: `translateY(${top}px)` }}>
      <StatusGlyph status={step.status} />
      <span className={classes("clip", isLoopItem && "pl-3")} title={step.step_name}>{step.step_name}</span>
      <span className="clip text-right text-12 text-muted" title={step.skip_reason ?? undefined}>
        {step.started_at ? <Duration from={step.started_at} to={step.completed_at} /> : (step.waiting_on ?? lookOf(step.status).word.toLowerCase())}
      </span>
      <span aria-hidden className="relative h-3 rounded-sm bg-panel">
        {barsOf(step, span).map((bar) => (
          <span key={bar.attempt} className={classes("absolute inset-y-0 rounded-sm", COLOUR[lookOf(bar.status).family])} style={{ left: `${bar.left}%`, width: `${bar.width}%` }} />
        ))}
      </span>
    </div>
  );
}
