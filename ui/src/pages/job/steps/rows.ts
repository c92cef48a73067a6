/** The rows of the list of steps: loops are folded with counts, but what failed, runs or waits in them is always shown. */
import { hasFailed } from "../../../lib/status";
import type { JobItem, Step } from "../../../queries/jobs";

export type Counts = { total: number; ended: number; failed: number };

export type Row =
  | { kind: "step"; key: string; step: Step; isInstance: boolean; loop: (Counts & { isOpen: boolean }) | null }
  | { kind: "job"; key: string; job: JobItem; label: string }
  | { kind: "title"; key: string; label: string };

/** So many instances of a loop that need a look are shown while it is folded. */
const MAX_SHOWN = 20;
/** A loop of so few is not folded. */
const SMALL = 4;

export const needsLook = (step: Step): boolean => hasFailed(step.status) || step.status === "running" || step.status === "suspended";
const ENDED = new Set(["completed", "failed", "skipped", "cancelled"]);

export function rowsOf(steps: readonly Step[], opened: ReadonlySet<string>, jobs: readonly JobItem[]): Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < steps.length; ) {
    const step = steps[at];
    if (!step) break;
    at += 1;
    if (step.loop_total === null || step.loop_index !== null) {
      rows.push({ kind: "step", key: step.step_name, step, isInstance: step.loop_index !== null, loop: null });
      continue;
    }
    const first = at;
    while (at < steps.length && steps[at]?.loop_index !== null) at += 1;
    const instances = steps.slice(first, at);
    const isOpen = opened.has(step.step_name) !== step.loop_total <= SMALL; // what is opened by itself is closed by a click
    // Of a large loop not all instances may have been read. At an earlier moment only they know how many had ended.
    const ended = step.ended_instances ?? instances.filter((each) => ENDED.has(each.status)).length;
    const counts = { total: step.loop_total, ended, failed: instances.filter((each) => hasFailed(each.status)).length };
    rows.push({ kind: "step", key: step.step_name, step, isInstance: false, loop: { ...counts, isOpen } });
    const shown = isOpen ? instances : instances.filter(needsLook).slice(0, MAX_SHOWN);
    rows.push(...shown.map((each): Row => ({ kind: "step", key: each.step_name, step: each, isInstance: true, loop: null })));
  }
  const groups: [string, (job: JobItem) => boolean][] = [["Jobs that its steps started", (job) => job.source_type !== "hook"], ["Hooks", (job) => job.source_type === "hook"]];
  for (const [label, belongs] of groups) {
    const own = jobs.filter(belongs);
    if (own.length > 0) rows.push({ kind: "title", key: label, label });
    rows.push(...own.map((job): Row => ({ kind: "job", key: job.job_id, job, label: job.task_name.replace(/^_hook:/, "") })));
  }
  return rows;
}

/** `24 times, 1 failed`, `7 of 24, 1 failed`. */
export function countText({ total, ended, failed }: Counts): string {
  const done = ended === total ? `× ${total.toLocaleString()}` : `${ended.toLocaleString()} of ${total.toLocaleString()}`;
  return failed === 0 ? done : `${done}, ${failed.toLocaleString()} failed`;
}
