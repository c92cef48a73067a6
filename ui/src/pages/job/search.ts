/** What the address of a job holds: the chosen step and its tab, the view, the moment, and the job it is compared with. */
export const STEP_TABS = ["log", "why", "data", "attempts", "artifacts", "yaml"] as const;
export type StepTab = (typeof STEP_TABS)[number];

export const VIEWS = ["timeline", "graph", "history"] as const;
export type View = (typeof VIEWS)[number];

export type JobSearch = {
  step?: string | undefined;
  tab?: StepTab | undefined;
  view?: View | undefined;
  /** The `seq` of the event in the history up to which the job is shown. */
  at?: string | undefined;
  /** The part of its time that the timeline shows, in thousandths: `200-640`. */
  span?: string | undefined;
  /** The id of the other job. */
  compare?: string | undefined;
};

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

/** A part of the time of a job, in thousandths of it. */
export type Part = { from: number; to: number };
export const WHOLE: Part = { from: 0, to: 1000 };

/** `200-640`; undefined if it is no part. */
export function partIn(value: unknown): Part | undefined {
  const [, from = "", to = ""] = /^(\d{1,3})-(\d{1,4})$/.exec(typeof value === "string" ? value : "") ?? [];
  const part = { from: Number(from), to: Number(to) };
  return from !== "" && part.from < part.to && part.to <= WHOLE.to ? part : undefined;
}

export const readJobSearch = (raw: Record<string, unknown>): JobSearch => ({
  step: text(raw["step"]),
  tab: STEP_TABS.find((tab) => tab === raw["tab"]),
  view: VIEWS.find((view) => view === raw["view"]),
  at: /^\d{1,15}$/.test(String(raw["at"])) ? String(raw["at"]) : undefined,
  span: partIn(raw["span"]) && String(raw["span"]),
  compare: text(raw["compare"]),
});
