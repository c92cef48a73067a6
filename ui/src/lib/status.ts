/** The statuses of jobs and steps: the family that gives the colour, the glyph and the word. */
export const FAMILIES = ["good", "bad", "live", "waits", "idle"] as const;
export type Family = (typeof FAMILIES)[number];

export type Glyph =
  | "check" | "cross" | "clock" | "turning" | "quarter" | "hand" | "bars" | "dashed" | "skip" | "stop";

export type Look = { family: Family; glyph: Glyph; word: string };

const LOOKS: Record<string, Look> = {
  completed: { family: "good", glyph: "check", word: "Completed" },
  failed: { family: "bad", glyph: "cross", word: "Failed" },
  timed_out: { family: "bad", glyph: "clock", word: "Timed out" },
  running: { family: "live", glyph: "turning", word: "Running" },
  ready: { family: "live", glyph: "quarter", word: "Ready" },
  suspended: { family: "waits", glyph: "hand", word: "Suspended" },
  waiting: { family: "waits", glyph: "hand", word: "Waiting" },
  paused: { family: "waits", glyph: "bars", word: "Paused" },
  pending: { family: "idle", glyph: "dashed", word: "Pending" },
  skipped: { family: "idle", glyph: "skip", word: "Skipped" },
  cancelled: { family: "idle", glyph: "stop", word: "Cancelled" },
};

export const JOB_STATUSES = ["pending", "running", "paused", "completed", "failed", "cancelled", "timed_out"] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

const ENDED = new Set(["completed", "failed", "skipped", "cancelled", "timed_out"]);

/** The glyphs where only text can stand, such as the tab of the browser. */
const SIGNS: Record<Glyph, string> = {
  check: "✓", cross: "✕", clock: "◷", turning: "◐", quarter: "◔", hand: "⧗", bars: "‖", dashed: "○", skip: "⤳", stop: "⊘",
};

export const signOf = (status: string): string => SIGNS[lookOf(status).glyph];

/** How a status looks; one that this version does not know is shown as its own word. */
export function lookOf(status: string): Look {
  return LOOKS[status] ?? { family: "idle", glyph: "dashed", word: status };
}

/** What keeps a running job from going on by itself. */
const WAITS = new Set(["approval", "event", "timer"]);

/** The status of a job as it is shown: one that runs, and waits as a whole, is shown as waiting. */
export const standing = ({ status, waiting_on }: { status: string; waiting_on: string | null }): string =>
  status === "running" && waiting_on !== null && WAITS.has(waiting_on) ? "waiting" : status;

export const hasEnded = (status: string): boolean => ENDED.has(status);
export const hasFailed = (status: string): boolean => lookOf(status).family === "bad";
