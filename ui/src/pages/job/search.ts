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
  /** The id of the other job. */
  compare?: string | undefined;
};

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

export const readJobSearch = (raw: Record<string, unknown>): JobSearch => ({
  step: text(raw["step"]),
  tab: STEP_TABS.find((tab) => tab === raw["tab"]),
  view: VIEWS.find((view) => view === raw["view"]),
  at: /^\d{1,15}$/.test(String(raw["at"])) ? String(raw["at"]) : undefined,
  compare: text(raw["compare"]),
});
