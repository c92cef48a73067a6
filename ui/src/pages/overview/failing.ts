/** Of a failing task: its latest failure, and how many failures in a row led to it. */
import { hasEnded, hasFailed } from "../../lib/status";
import type { TaskOverview } from "../../queries/overview";

export type Failure = { latest: string; first: string; inARow: number; isWhole: boolean };

/** `isWhole` is false where the first failure may lie before the jobs that are known. */
export function failureOf({ last_jobs }: TaskOverview): Failure | null {
  const ended = last_jobs.filter((job) => hasEnded(job.status));
  const good = ended.findIndex((job) => !hasFailed(job.status));
  const row = good < 0 ? ended : ended.slice(0, good);
  const latest = row[0];
  const first = row.at(-1);
  if (!latest || !first) return null;
  return { latest: latest.job_id, first: first.job_id, inARow: row.length, isWhole: good >= 0 || last_jobs.length < KNOWN };
}

/** How many jobs of each task the server tells of. */
const KNOWN = 20;
