/** Entries of the history in words. */
import type { HistoryEntry } from "../../../queries/history";

/** `step.retry_requested` is `Step retry requested`. */
export function wordsOf({ what }: Pick<HistoryEntry, "what">): string {
  const words = what.replace(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const SHORT = 200;

/** `reason enough · exit code 3`. */
export function detailsOf(details: unknown): string {
  if (typeof details !== "object" || details === null) return "";
  return Object.entries(details)
    .filter(([name, value]) => value !== null && value !== undefined && name !== "worker_id")
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${(typeof value === "string" ? value : JSON.stringify(value)).split("\n")[0]?.slice(0, SHORT)}`)
    .join(" · ");
}

const BAD = new Set(["step.failed", "job.failed", "job.timed_out", "hook.failed", "hook.refused", "step.retrying"]);
const OPERATIONS = /_requested$|\.(approved|rejected|forced|event_received|overridden|paused)$/;

/** What stands out on the rail: failures, and what somebody did. */
export function isMark({ what, actor }: Pick<HistoryEntry, "what" | "actor">): "bad" | "waits" | null {
  if (BAD.has(what)) return "bad";
  return OPERATIONS.test(what) && actor !== "engine" ? "waits" : null;
}
