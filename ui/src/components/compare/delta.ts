import { duration } from "../../lib/time";

/** A duration in seconds as text. */
export const took = (seconds: number | null | undefined): string => (seconds === null || seconds === undefined ? "–" : duration(seconds * 1000));

/** How much longer or shorter: `+2.0 s`, `−300 ms`, `=`. */
export function delta(before: number | null | undefined, after: number | null | undefined): string {
  if (before === null || before === undefined || after === null || after === undefined) return "–";
  const ms = Math.round((after - before) * 1000);
  return ms === 0 ? "=" : `${ms > 0 ? "+" : "−"}${duration(Math.abs(ms))}`;
}
