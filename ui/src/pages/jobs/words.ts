/** What operations on many jobs are called, what they do, and what came of them. */
import type { BulkOperation, BulkResult } from "../../queries/bulk";

export const EFFECTS: Record<BulkOperation, string> = {
  cancel: "Running steps are ended, and the steps after them do not start. A cancelled job can be retried.",
  retry: "Each gets a new job, which keeps the steps that completed and runs the others.",
  restart: "Each runs again from its start, under its own id.",
  delete: "Their history, logs and artifacts are removed. This cannot be undone.",
};

const VERBS: Record<BulkOperation, [verb: string, done: string]> = {
  cancel: ["Cancel", "cancelled"],
  retry: ["Retry", "retried"],
  restart: ["Restart", "restarted"],
  delete: ["Delete", "deleted"],
};

export const count = (jobs: number): string => `${jobs} ${jobs === 1 ? "job" : "jobs"}`;

export const act = (operation: BulkOperation, jobs: number): string => `${VERBS[operation][0]} ${count(jobs)}`;

/** Of as many as the filters find. */
export const allOf = (operation: BulkOperation): string => `${VERBS[operation][0]} all jobs`;

export const done = (operation: BulkOperation): string => VERBS[operation][1];

export function outcome(operation: BulkOperation, { results }: Pick<BulkResult, "results">): string {
  const refused = results.filter((each) => !each.ok).length;
  const some = `${count(results.length - refused)} ${done(operation)}`;
  return refused === 0 ? some : `${some}, ${refused} refused`;
}
