/** A job as it stood at a moment of its history. */
import type { HistoryEntry } from "../../../queries/history";
import type { JobDetail, Step } from "../../../queries/jobs";

type Entry = Pick<HistoryEntry, "seq" | "at" | "what" | "step_name">;

const STEP_STATUS: Record<string, Step["status"]> = {
  "step.ready": "ready", "step.running": "running", "step.suspended": "suspended", "step.completed": "completed", "step.failed": "failed", "step.retrying": "ready",
  "step.skipped": "skipped", "step.cancelled": "cancelled", "step.forced": "completed", "step.reset": "pending", "step.reopened": "running",
};
const JOB_STATUS: Record<string, JobDetail["status"]> = {
  "job.created": "pending", "job.running": "running", "job.paused": "paused", "job.completed": "completed", "job.failed": "failed", "job.cancelled": "cancelled",
  "job.timed_out": "timed_out", "job.reopened": "running", "job.restarted": "pending",
};
const ENDED = new Set(["completed", "failed", "skipped", "cancelled", "timed_out"]);

type Standing = { status: Step["status"]; started: string | null; suspended: string | null; ended: string | null };

/** The job after the entry `seq` and all before it. */
export function jobAt(job: JobDetail, entries: readonly Entry[], seq: number): JobDetail {
  const steps = new Map<string, Standing>();
  let status: JobDetail["status"] = "pending";
  let started: string | null = null;
  let ended: string | null = null;
  let now: string | null = null;
  for (const entry of entries) {
    if (entry.seq > seq) break;
    now = entry.at;
    const ofJob = JOB_STATUS[entry.what];
    if (ofJob) {
      status = ofJob;
      if (ofJob === "running") started ??= entry.at;
      ended = ENDED.has(ofJob) ? entry.at : null;
    }
    const next = STEP_STATUS[entry.what];
    if (next && entry.step_name) steps.set(entry.step_name, moved(steps.get(entry.step_name), next, entry.at));
  }
  return {
    ...job, status, started_at: started, completed_at: ended ?? (now === null || seq >= (entries.at(-1)?.seq ?? 0) ? null : now),
    steps: job.steps.filter((step) => step.loop_index === null || steps.has(step.step_name)).map((step) => stepAt(step, steps.get(step.step_name), now)),
  };
}

function moved(before: Standing | undefined, status: Step["status"], at: string): Standing {
  const isFresh = status === "pending" || status === "ready";
  return {
    status,
    started: isFresh ? null : (before?.started ?? (status === "running" ? at : null)),
    suspended: status === "suspended" ? at : isFresh ? null : (before?.suspended ?? null),
    ended: ENDED.has(status) ? at : null,
  };
}

function stepAt(step: Step, standing: Standing | undefined, now: string | null): Step {
  const { status = "pending", started = null, suspended = null, ended = null } = standing ?? {};
  const until = now === null ? -Infinity : Date.parse(now);
  const attempts = step.attempts
    .filter((each) => each.started_at !== null && Date.parse(each.started_at) <= until)
    .map((each) => (each.completed_at !== null && Date.parse(each.completed_at) <= until ? each : { ...each, completed_at: null, status: "running" as const }));
  const begun = started ?? suspended;
  return {
    ...step, status, attempts, started_at: begun, suspended_at: suspended, completed_at: ended, waiting_on: null, ended_instances: null,
    error_message: ENDED.has(status) ? step.error_message : null, skip_reason: status === "skipped" ? step.skip_reason : null,
  };
}
