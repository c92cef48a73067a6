/** What the address of the triggers holds: the filters, the view, and the trigger that is open. */
export type TriggersSearch = { workspace?: string | undefined; q?: string | undefined; type?: string | undefined; state?: string | undefined; view?: "week" | undefined; open?: string | undefined };

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

export const readTriggersSearch = (raw: Record<string, unknown>): TriggersSearch => ({
  workspace: text(raw["workspace"]), q: text(raw["q"]), type: text(raw["type"]), state: text(raw["state"]),
  view: raw["view"] === "week" ? "week" : undefined, open: text(raw["open"]),
});

export const stateOf = (trigger: { enabled: boolean; suspended?: boolean }) => (trigger.suspended ? "suspended" : trigger.enabled ? "enabled" : "disabled");
