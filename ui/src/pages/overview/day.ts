/** The strip of 24 hours: how many jobs began in each hour, by how they stand. */
import { lookOf } from "../../lib/status";

const HOUR_MS = 3_600_000;
export const HOURS = 24;

export type Hour = { from: number; good: number; bad: number; open: number; other: number };

/** The hours until now, the oldest first; jobs from before are left out. */
export function hoursOf(jobs: readonly { created_at: string; status: string }[], now: number): Hour[] {
  const first = Math.floor(now / HOUR_MS) - HOURS + 1;
  const hours = Array.from({ length: HOURS }, (_, index) => ({ from: (first + index) * HOUR_MS, good: 0, bad: 0, open: 0, other: 0 }));
  for (const job of jobs) {
    const hour = hours[Math.floor(Date.parse(job.created_at) / HOUR_MS) - first];
    if (hour) hour[kindOf(job.status)] += 1;
  }
  return hours;
}

function kindOf(status: string): "good" | "bad" | "open" | "other" {
  const { family } = lookOf(status);
  if (family === "good" || family === "bad") return family;
  return status === "cancelled" ? "other" : "open";
}

export const total = (hour: Hour): number => hour.good + hour.bad + hour.open + hour.other;
