/** The tree of folders, and which tasks the address asks for. */
import { hasEnded, hasFailed } from "../../lib/status";
import type { TaskOverview } from "../../queries/overview";
import type { TasksSearch } from "./search";

export type Folder = { path: string; name: string; depth: number; tasks: number; failing: number };

export const isFailing = (task: TaskOverview): boolean => hasFailed(task.last_jobs.find((job) => hasEnded(job.status))?.status ?? "");

/** Every folder with how many tasks are in it and below it, parents before children. */
export function foldersOf(tasks: readonly TaskOverview[]): Folder[] {
  const folders = new Map<string, Folder>();
  for (const task of tasks) {
    const parts = task.folder?.split("/").filter(Boolean) ?? [];
    parts.forEach((name, depth) => {
      const path = parts.slice(0, depth + 1).join("/");
      const folder = folders.get(path) ?? { path, name, depth, tasks: 0, failing: 0 };
      folder.tasks += 1;
      if (isFailing(task)) folder.failing += 1;
      folders.set(path, folder);
    });
  }
  return [...folders.values()].sort((a, b) => a.path.localeCompare(b.path));
}

const isIn = (task: TaskOverview, folder: string) => task.folder === folder || task.folder?.startsWith(`${folder}/`) === true;

export const keyOf = (task: Pick<TaskOverview, "workspace" | "name">): string => `${task.workspace}/${task.name}`;

/** Tasks by `workspace/task`: those with a late job, and those with a star. */
export type Marked = { late: ReadonlySet<string>; starred: ReadonlySet<string> };
export const UNMARKED: Marked = { late: new Set(), starred: new Set() };

/** The tasks that the address asks for; `q` is looked for in name, title, description and labels. */
export function chosen(tasks: readonly TaskOverview[], { folder, only, q }: TasksSearch, { late, starred }: Marked = UNMARKED): TaskOverview[] {
  const wanted = q?.toLowerCase();
  return tasks.filter(
    (task) =>
      (!folder || isIn(task, folder)) &&
      (only !== "failing" || isFailing(task)) &&
      (only !== "late" || late.has(keyOf(task))) &&
      (only !== "starred" || starred.has(keyOf(task))) &&
      (only !== "never-ran" || task.last_jobs.length === 0) &&
      (!wanted || [task.name, task.title, task.description, ...Object.entries(task.labels ?? {}).map((pair) => pair.join("="))].some((text) => text?.toLowerCase().includes(wanted))),
  );
}
