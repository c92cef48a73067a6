/** The bars of the durations chart, and where a revision changed the median. */
import { lookOf } from "../../lib/status";
import type { Stats } from "../../queries/task";

export type Bar = { job_id: string; status: string; family: string; seconds: number; height: number; revision: string; isNewRevision: boolean; change: string | null };

/** The oldest first; the height is the share of the longest. The server tells the newest first. `changes`: of the median, by revision. */
export function barsOf(series: Stats["series"], changes: ReadonlyMap<string, string> = new Map()): Bar[] {
  const most = Math.max(...series.map((job) => job.duration_seconds), Number.MIN_VALUE);
  const ordered = [...series].reverse();
  const isNew = (index: number) => index > 0 && ordered[index - 1]?.revision !== ordered[index]?.revision;
  return ordered.map((job, index) => ({
    job_id: job.job_id,
    status: job.status,
    family: lookOf(job.status).family,
    seconds: job.duration_seconds,
    height: job.duration_seconds / most,
    revision: job.revision,
    isNewRevision: isNew(index),
    change: isNew(index) ? (changes.get(job.revision) ?? null) : null,
  }));
}

/** How much slower a revision is than the one before it; null where that says little. */
export function change(before: number | null, now: number | null): string | null {
  if (before === null || now === null || before === 0) return null;
  const share = now / before - 1;
  return Math.abs(share) < LEAST ? null : `${share > 0 ? "+" : "−"}${Math.round(Math.abs(share) * 100)} %`;
}

/** By revision: how its median differs from that of the one before it, where that says something. */
export function changesOf(byRevision: Stats["by_revision"]): Map<string, string> {
  return new Map(byRevision.flatMap(({ revision, duration_seconds: { p50 } }, index) => {
    const found = change(byRevision[index + 1]?.duration_seconds.p50 ?? null, p50);
    return found === null ? [] : [[revision, found] as const];
  }));
}

/** Smaller changes of the median are noise. */
const LEAST = 0.2;
