/** The filters of the jobs list: their chips, and how the address holds them. */
import type { Filter } from "../../components/FilterChips";
import { JOB_STATUSES, type JobStatus, lookOf } from "../../lib/status";
import type { JobFilter, JobItem } from "../../queries/jobs";

/** In the address, as one reads them there: `/jobs?status=failed&status=timed_out&task=deploy`. */
export type JobsSearch = {
  workspace?: string | undefined;
  task?: string | undefined;
  status?: JobStatus[] | undefined;
  source?: JobItem["source_type"] | undefined;
  revision?: string | undefined;
  q?: string | undefined;
};

const SOURCES = ["api", "user", "trigger", "webhook", "hook", "task"] as const;

export function readSearch(raw: Record<string, unknown>): JobsSearch {
  const statuses = [raw["status"]].flat().filter((each): each is JobStatus => JOB_STATUSES.includes(each as JobStatus));
  return {
    workspace: text(raw["workspace"]),
    task: text(raw["task"]),
    status: statuses.length > 0 ? statuses : undefined,
    source: SOURCES.find((source) => source === raw["source"]),
    revision: text(raw["revision"]),
    q: text(raw["q"]),
  };
}

const text = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) || undefined : undefined);

export const toFilter = (search: JobsSearch): JobFilter => ({
  workspace: search.workspace,
  task_name: search.workspace ? search.task : undefined,
  status: search.status,
  source_type: search.source,
  revision: search.revision,
  search: search.q,
});

/** The filters that can be chosen here; a task only once its workspace is. */
export function filtersOf(workspaces: readonly string[], tasks: readonly string[]): Filter[] {
  return [
    { name: "status", label: "Status", options: JOB_STATUSES.map((value) => ({ value, label: lookOf(value).word })) },
    { name: "workspace", label: "Workspace", options: plain(workspaces) },
    { name: "task", label: "Task", options: plain(tasks) },
    { name: "source", label: "Started by", options: plain(SOURCES) },
    { name: "revision", label: "Revision", options: [] },
  ];
}

const plain = (values: readonly string[]) => values.map((value) => ({ value, label: value }));

/** Of all filters but the status, one value counts: the last that was chosen. */
export function choose(search: JobsSearch, name: string, values: string[]): JobsSearch {
  if (name === "status") return { ...search, status: values.length > 0 ? (values as JobStatus[]) : undefined };
  const next = { ...search, [name]: values.at(-1) };
  return name === "workspace" ? { ...next, task: undefined } : next;
}

export function chosenIn(search: JobsSearch): Record<string, string[]> {
  const { workspace, task, status, source, revision } = search;
  return Object.fromEntries(
    Object.entries({ workspace, task, status, source, revision }).map(([name, value]) => [name, value === undefined ? [] : [value].flat()]),
  );
}
