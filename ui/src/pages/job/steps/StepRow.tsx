/** The rows of the list: a step, a job that was started by it, and the title of a group. */
import { ChevronDown, ChevronRight, CornerDownRight } from "lucide-react";
import { StatusGlyph } from "../../../components/Status";
import { Duration } from "../../../components/Time";
import { classes } from "../../../lib/classes";
import { lookOf } from "../../../lib/status";
import { duration } from "../../../lib/time";
import type { Step } from "../../../queries/jobs";
import { type Bar, barsOf, type Span } from "./bars";
import { countText, type Row } from "./rows";

const COLOUR = { good: "bg-good", bad: "bg-bad", live: "bg-live", waits: "bg-waits", idle: "bg-idle" };
const GRID = "absolute inset-x-0 grid cursor-pointer grid-cols-[16px_minmax(0,1.2fr)_minmax(64px,auto)_minmax(0,1fr)] items-center gap-2 px-4";

type Place = { id: string; top: number; height: number };
const at = ({ top, height }: Place) => ({ height, transform: `translateY(${top}px)` });

type StepProps = Place & { row: Extract<Row, { kind: "step" }>; span: Span; whole: Span; free: number | null; isChosen: boolean; onChoose: () => void; onToggle: () => void };

export function StepRow({ row, span, whole, free, isChosen, onChoose, onToggle, ...place }: StepProps) {
  const { step, loop, isInstance } = row;
  const Chevron = loop?.isOpen ? ChevronDown : ChevronRight;
  return (
    <div id={place.id} role="option" aria-selected={isChosen} onClick={onChoose} data-clickable className={classes(GRID, isChosen ? "bg-selected" : "hover:bg-hover")} style={at(place)}>
      <StatusGlyph status={step.status} />
      <span className={classes("flex min-w-0 items-center gap-1.5", isInstance && "pl-4")} title={step.step_name}>
        <StepName step={step} />
        {loop && (
          <span onClick={(event) => { event.stopPropagation(); onToggle(); }} className="inline-flex shrink-0 items-center gap-0.5 rounded-sm border border-line px-1 text-12 text-muted hover:text-ink">
            <Chevron size={12} aria-hidden />{countText(loop)}
          </span>
        )}
      </span>
      <span className="clip max-w-40 text-right text-12 text-muted" title={reasonOf(step)}>
        {step.started_at ? <Duration from={step.started_at} to={step.completed_at} /> : waitsFor(step)}
      </span>
      <Bars bars={barsOf(step, span, free, whole)} />
    </div>
  );
}

/** The name that its author gave it with its key beside it; an instance of a loop is named by its item. */
function StepName({ step: { title, label, step_name: key } }: { step: Step }) {
  if (!title || label) return <span className="clip">{label ?? key}</span>;
  return <span className="clip"><bdi>{title}</bdi> <span className="text-12 text-muted">{key}</span></span>;
}

function Bars({ bars }: { bars: readonly Bar[] }) {
  return (
    <span aria-hidden className="relative h-3 rounded-sm bg-panel">
      {bars.map((bar, index) => (
        <span key={index} style={{ left: `${bar.left}%`, width: `${bar.width}%` }}
          className={classes("absolute inset-y-0 rounded-sm", bar.isWaiting ? "hatched border border-waits/40 text-waits" : COLOUR[lookOf(bar.status).family], !bar.isWaiting && index > 0 && "border-l border-surface")} />
      ))}
    </span>
  );
}

/** Of a step that has not begun: what it waits for, by name where it is other steps. */
function waitsFor({ waiting_on, depends_on, status }: Step): string {
  if (waiting_on === "dependencies" && depends_on.length > 0) return `after ${depends_on.join(", ")}`;
  return waiting_on ?? lookOf(status).word.toLowerCase();
}

const reasonOf = (step: Step) => step.skip_reason ?? (step.late_at ? "late" : step.started_at ? undefined : waitsFor(step));

type JobProps = Place & { row: Extract<Row, { kind: "job" }>; span: Span; onOpen: () => void };

export function JobRow({ row: { job, label }, span, onOpen, ...place }: JobProps) {
  const all = span.end - span.start;
  const from = Date.parse(job.started_at ?? job.created_at);
  const left = Math.min(99, Math.max(0, ((from - span.start) / all) * 100));
  const took = job.completed_at ? Date.parse(job.completed_at) - from : span.end - from;
  const isSeen = from <= span.end && from + took >= span.start;
  return (
    <div id={place.id} role="option" aria-selected={false} onClick={onOpen} data-clickable className={classes(GRID, "hover:bg-hover")} style={at(place)} title="Opens the job">
      <StatusGlyph status={job.status} />
      <span className="flex min-w-0 items-center gap-1.5"><CornerDownRight size={12} aria-hidden className="shrink-0 text-muted" /><span className="clip text-accent">{label}</span></span>
      <span className="clip text-right text-12 text-muted">{duration(Math.max(0, took))}</span>
      <Bars bars={!isSeen ? [] : [{ left, width: Math.max(1, Math.min(100 - left, (took / all) * 100)), status: job.status, isWaiting: false }]} />
    </div>
  );
}

export const TitleRow = ({ label, ...place }: Place & { label: string }) => (
  <div id={place.id} role="presentation" className="absolute inset-x-0 flex items-end px-4 pb-1 text-12 text-muted" style={at(place)}>{label}</div>
);
