/** What the address of a task holds: the tab, and the step or the version that is chosen in it. */
export const TABS = ["flow", "runs", "versions", "triggers", "definition"] as const;
export type TaskTab = (typeof TABS)[number];

export type TaskSearch = { tab?: TaskTab | undefined; step?: string | undefined };

export const readTaskSearch = (raw: Record<string, unknown>): TaskSearch => ({
  tab: TABS.find((tab) => tab === raw["tab"]),
  step: typeof raw["step"] === "string" && raw["step"] !== "" ? raw["step"] : undefined,
});
