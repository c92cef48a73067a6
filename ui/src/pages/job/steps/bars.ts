/** Where the bars of a step lie on the time of the job, in percent of its width: when it waited, and each attempt. */
import type { JobDetail, Step } from "../../../queries/jobs";
import { type Part, WHOLE } from "../search";

export type Bar = { left: number; width: number; status: string; isWaiting: boolean };
export type Span = { start: number; end: number };

const MIN_WIDTH = 0.6;
/** Steps that hold no worker: all their time is waiting. */
const WAITING_TYPES = new Set(["approval", "wait", "sleep", "task"]);

/** From the job's creation to its end, or until now. */
export function spanOf(job: JobDetail, now: number): Span {
  const start = Date.parse(job.created_at);
  const last = job.completed_at ? Date.parse(job.completed_at) : Math.max(now, start);
  return { start, end: Math.max(last, start + 1) };
}

/** That part of it, in thousandths. */
export function partOf({ start, end }: Span, { from, to }: Part): Span {
  const all = end - start;
  return { start: start + (all * from) / WHOLE.to, end: start + (all * to) / WHOLE.to };
}

const at = (time: string | null | undefined): number | null => (time ? Date.parse(time) : null);

/** When each step was free to run: once all that it depends on had ended. */
export function unblockedAt(job: JobDetail): (step: Step) => number | null {
  const ends = new Map(job.steps.map((step) => [step.step_name, at(step.completed_at)]));
  const start = at(job.started_at) ?? at(job.created_at);
  return (step) => {
    const times = step.depends_on.map((name) => ends.get(name) ?? null);
    return times.includes(null) || start === null ? null : Math.max(start, ...(times as number[]));
  };
}

type Run = { from: number; to: number; status: string; isWaiting: boolean };

/** `span`: what is shown of `whole`, the time of the job. `free`: when it could have begun; null while something else is waited for. */
export function barsOf(step: Step, span: Span, free: number | null, whole: Span = span): Bar[] {
  const all = span.end - span.start;
  return partsOf(step, whole, free).filter(({ from, to }) => span === whole || (to >= span.start && from <= span.end)).map(({ from, to, status, isWaiting }) => {
    const left = clamp(((from - span.start) / all) * 100, 0, 100 - MIN_WIDTH);
    const hidden = Math.max(0, span.start - from);
    return { left, width: clamp(((to - from - hidden) / all) * 100, MIN_WIDTH, 100 - left), status, isWaiting };
  });
}

function partsOf(step: Step, span: Span, free: number | null): Run[] {
  const runs: Run[] = [];
  for (const run of runsOf(step)) {
    const from = at(run.started_at);
    if (from !== null) runs.push({ from, to: at(run.completed_at) ?? span.end, status: run.status, isWaiting: WAITING_TYPES.has(step.action_type) && run.status !== "failed" });
  }
  const waits: Run[] = [];
  let before = free;
  for (const run of runs) {
    if (before !== null && run.from - before > (span.end - span.start) * (MIN_WIDTH / 100)) waits.push({ from: before, to: run.from, status: "pending", isWaiting: true });
    before = run.to;
  }
  const isDue = runs.length === 0 && free !== null && ["pending", "ready"].includes(step.status);
  return isDue ? [{ from: free, to: span.end, status: step.status, isWaiting: true }] : [...waits, ...runs];
}

type Attempted = { started_at: string | null; completed_at: string | null; status: string };

/** The attempts; of a step that no worker runs, such as an approval, the step itself. */
function runsOf(step: Step): Attempted[] {
  return step.attempts.length > 0 ? step.attempts : [{ ...step, started_at: step.started_at ?? step.suspended_at }];
}

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
