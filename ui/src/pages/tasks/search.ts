/** What the address of the tasks holds: the folder, which tasks, and what was typed. */
export const ONLY = ["failing", "late", "never-ran", "starred"] as const;
export type Only = (typeof ONLY)[number];

export type TasksSearch = { folder?: string | undefined; only?: Only | undefined; q?: string | undefined };

export const readTasksSearch = (raw: Record<string, unknown>): TasksSearch => ({
  folder: text(raw["folder"]),
  only: ONLY.find((only) => only === raw["only"]),
  q: text(raw["q"]),
});

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
