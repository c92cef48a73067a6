/** What the address of a job holds: the chosen step and its tab. */
export const STEP_TABS = ["log", "why", "data", "attempts"] as const;
export type StepTab = (typeof STEP_TABS)[number];

export type JobSearch = { step?: string | undefined; tab?: StepTab | undefined };

export const readJobSearch = (raw: Record<string, unknown>): JobSearch => ({
  step: typeof raw["step"] === "string" ? raw["step"] : undefined,
  tab: STEP_TABS.find((tab) => tab === raw["tab"]),
});
