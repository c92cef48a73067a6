/** Times and durations that keep themselves right. */
import { useNow, useSeconds } from "../lib/clock";
import { absolute, duration, elapsed, relative } from "../lib/time";

/** Relative, with the absolute time on hover. */
export function Time({ at, none = "–" }: { at: string | null | undefined; none?: string }) {
  const now = useNow();
  if (!at) return <span className="text-muted">{none}</span>;
  return <time dateTime={at} title={absolute(at)} className="whitespace-nowrap">{relative(at, now)}</time>;
}

/** From start to end; while there is no end, it counts. */
export function Duration({ from, to }: { from: string | null | undefined; to: string | null | undefined }) {
  const now = useSeconds(Boolean(from) && !to);
  const ms = elapsed(from, to, Math.max(now, from ? Date.parse(from) : 0));
  return <span className="whitespace-nowrap">{ms === null ? "–" : duration(ms)}</span>;
}
