/** What the address of a task holds: the tab, the step that is chosen in it, and the revision at which the task is shown. */
export const TABS = ["flow", "runs", "versions", "triggers", "definition"] as const;
export type TaskTab = (typeof TABS)[number];

export type TaskSearch = { tab?: TaskTab | undefined; step?: string | undefined; at?: string | undefined };

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

export const readTaskSearch = (raw: Record<string, unknown>): TaskSearch => ({
  tab: TABS.find((tab) => tab === raw["tab"]),
  step: text(raw["step"]),
  at: text(raw["at"]),
});
