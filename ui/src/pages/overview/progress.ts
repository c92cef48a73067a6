/** How far a running job is, and when it should end if it takes as long as its task usually does. */
import { duration } from "../../lib/time";

/** `about 2 min left`, `1 min 05 s over the usual 4 min 00 s`; empty where nothing is known. `p50` is in seconds. */
export function eta(startedAt: string | null, p50: number | null, now: number): string {
  if (startedAt === null || p50 === null || now === 0) return "";
  const left = Date.parse(startedAt) + p50 * 1000 - now;
  return left >= 0 ? `about ${duration(left)} left` : `${duration(-left)} over the usual ${duration(p50 * 1000)}`;
}

/** The share of its steps that have ended, from 0 to 1. */
export const share = (ended: number, of: number): number => (of === 0 ? 0 : Math.min(1, ended / of));

/** The open jobs by task, each task with its oldest job first. */
export function lanesOf<Job extends { workspace: string; task_name: string; created_at: string }>(jobs: readonly Job[]): { key: string; jobs: Job[] }[] {
  const lanes = new Map<string, Job[]>();
  for (const job of [...jobs].sort((a, b) => a.created_at.localeCompare(b.created_at))) {
    const key = `${job.workspace}/${job.task_name}`;
    lanes.set(key, [...(lanes.get(key) ?? []), job]);
  }
  return [...lanes].map(([key, found]) => ({ key, jobs: found }));
}
