/** Where the bar of each attempt lies on the time of the job, in percent of its width. */
import type { JobDetail, Step } from "../../../queries/jobs";

export type Bar = { left: number; width: number; status: string; attempt: number };
export type Span = { start: number; end: number };

const MIN_WIDTH = 0.6;

/** From the job's creation to its end, or until now. */
export function spanOf(job: JobDetail, now: number): Span {
  const start = Date.parse(job.created_at);
  const last = job.completed_at ? Date.parse(job.completed_at) : Math.max(now, start);
  return { start, end: Math.max(last, start + 1) };
}

export function barsOf(step: Step, span: Span): Bar[] {
  const all = span.end - span.start;
  return runsOf(step).flatMap(({ started_at, completed_at, status, attempt }) => {
    if (!started_at) return [];
    const from = Date.parse(started_at);
    const to = completed_at ? Date.parse(completed_at) : span.end;
    const left = clamp(((from - span.start) / all) * 100, 0, 100 - MIN_WIDTH);
    return [{ left, width: clamp(((to - from) / all) * 100, MIN_WIDTH, 100 - left), status, attempt }];
  });
}

type Run = { started_at: string | null; completed_at: string | null; status: string; attempt: number };

/** The attempts; of a step that no worker runs, such as an approval, the step itself. */
function runsOf(step: Step): Run[] {
  return step.attempts.length > 0 ? step.attempts : [{ ...step, started_at: step.started_at ?? step.suspended_at }];
}

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
