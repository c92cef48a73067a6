/** Which tasks have an open job that is past its deadline. */
import { hasEnded } from "../lib/status";
import { type TaskOverview, useJobDetails } from "./overview";

/** Of so many open jobs it is looked up whether they are late. */
const MAX_LOOKED_UP = 50;

/** As `workspace/task`. */
export function useLateTasks(tasks: readonly TaskOverview[]): ReadonlySet<string> {
  const open = tasks.flatMap((task) => task.last_jobs.filter((job) => !hasEnded(job.status)).map((job) => job.job_id));
  const jobs = useJobDetails(open.slice(0, MAX_LOOKED_UP));
  return new Set(jobs.filter((job) => job.late_at !== null && job.completed_at === null).map((job) => `${job.workspace}/${job.task_name}`));
}
