/** What the overview asks: how tasks fare, what ran in the last day, what fires next, and why a job failed. */
import { keepPreviousData, queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { answer, api, page, type Schemas } from "../api/client";
import { keys } from "./keys";
import { parseLines } from "./logs";

export type TaskOverview = Schemas["TaskOverview"];
export type ScheduledFire = Schemas["ScheduledFire"];
export type JobCount = Schemas["JobCount"];
/** A trigger; the fields of its type, and of its suspension, come with it beyond what the schema names. */
export type Trigger = Schemas["Trigger"];
export type JobItem = Schemas["JobItem"];

/** The most that one page of a list has. */
const PAGE_SIZE = 500;
const HOUR_MS = 3_600_000;

type TaskFilter = { workspace?: string | undefined; failing?: boolean; never_ran?: boolean };

/** All tasks of the filter; the pages of a long list are read one after another. */
export function useTaskOverviews(filter: TaskFilter) {
  return useQuery(overviewsQuery(filter));
}

/** The median duration in seconds of each task, by `workspace/task`. */
export function useMedians(workspace: string | undefined) {
  return useQuery({ ...overviewsQuery({ workspace }), select: mediansOf });
}

/** The name that a task has beside its key. It changes with the revision, not with the jobs. */
export function useTaskName(workspace: string, task: string) {
  return useQuery({
    queryKey: [...keys.definitions, workspace, "tasks"],
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/tasks", { params: { path: { ws: workspace } }, signal })),
    select: (tasks) => tasks.find((each) => each.name === task)?.title,
    retry: false,
  });
}

/** The names that tasks have beside their keys, by `workspace/task`. */
export function useTaskNames(workspace: string | undefined) {
  return useQuery({ ...overviewsQuery({ workspace }), select: namesOf });
}

const namesOf = (tasks: readonly TaskOverview[]): ReadonlyMap<string, string> =>
  new Map(tasks.flatMap((task) => (task.title ? [[`${task.workspace}/${task.name}`, task.title] as const] : [])));

const mediansOf = (tasks: readonly TaskOverview[]): ReadonlyMap<string, number> =>
  new Map(tasks.flatMap((task) => (task.p50 === null ? [] : [[`${task.workspace}/${task.name}`, task.p50] as const])));

const overviewsQuery = (filter: TaskFilter) =>
  queryOptions({
    queryKey: [...keys.tasks, "overview", filter],
    queryFn: async ({ signal }) => {
      const found: TaskOverview[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const { items, next } = await taskPage(filter, cursor, signal);
        found.push(...items);
        cursor = next;
      }
      return found;
    },
    placeholderData: keepPreviousData,
  });

function taskPage(filter: TaskFilter, cursor: string | undefined, signal: AbortSignal) {
  return page(api.GET("/api/tasks", { params: { query: { ...given({ ...filter, cursor }), limit: PAGE_SIZE } }, signal }));
}

/** The start of the hour, `hours` hours away: it stands still for an hour, so that it can be part of a key. */
export const hourAway = (hours: number, now: number): string => new Date(Math.floor(now / HOUR_MS) * HOUR_MS + hours * HOUR_MS).toISOString();

/** The fires until then, the earliest first. */
export function useFires(until: string, workspace: string | undefined) {
  return useQuery({
    queryKey: [...keys.triggers, "fires", until, workspace],
    queryFn: ({ signal }) => answer(api.GET("/api/fires", { params: { query: { until, limit: PAGE_SIZE, ...given({ workspace }) } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** How many jobs there are since then, by status. */
export function useCounts(since: string, workspace: string | undefined) {
  return useQuery({
    queryKey: [...keys.counts, since, workspace],
    queryFn: ({ signal }) => answer(api.GET("/api/jobs/counts", { params: { query: { by: "status", since, ...given({ workspace }) } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** The jobs created since then, the newest first: at most the last 500, then `more` is true. */
export function useJobsSince(since: string, workspace: string | undefined) {
  return useQuery({
    queryKey: [...keys.counts, "jobs", since, workspace],
    queryFn: async ({ signal }) => {
      const query = { created_after: since, limit: PAGE_SIZE, ...given({ workspace }) };
      const { items, next } = await page(api.GET("/api/jobs", { params: { query }, signal }));
      return { jobs: items, more: next !== null };
    },
    placeholderData: keepPreviousData,
  });
}

/** The triggers of these workspaces, each with its workspace; a workspace whose triggers cannot be read has none. */
export function useTriggers(workspaces: readonly string[]): (Trigger & { workspace: string })[] {
  return useQueries({
    queries: workspaces.map((ws) => ({
      queryKey: [...keys.triggers, ws],
      queryFn: ({ signal }: { signal: AbortSignal }) => answer(api.GET("/api/workspaces/{ws}/triggers", { params: { path: { ws } }, signal })),
    })),
    combine: (found) => found.flatMap((each, index) => (each.data ?? []).map((trigger) => ({ ...trigger, workspace: workspaces[index] ?? "" }))),
  });
}

/** Of an ended job: where and what its first error line is; null without one. It does not change any more. */
export function useFirstError(jobId: string) {
  return useQuery({
    queryKey: ["ended", jobId, "first error"],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const { first_error: at } = await answer(api.GET("/api/jobs/{id}/logs/index", { params: { path: { id: jobId } }, signal }));
      if (at === null) return null;
      const params = { path: { id: jobId, step: at.step }, query: { attempt: at.attempt, from_line: at.line, limit: 1 } };
      const found = await answer(api.GET("/api/jobs/{id}/steps/{step}/logs", { params, signal }));
      return { ...at, text: parseLines((found as Schemas["Logs"]).logs)[0]?.line ?? "" };
    },
  });
}

/** Some jobs in detail; those that are not read yet are left out. */
export function useJobDetails(ids: readonly string[]): Schemas["JobDetail"][] {
  return useQueries({
    queries: ids.map((id) => ({
      queryKey: keys.job(id),
      queryFn: ({ signal }: { signal: AbortSignal }) => answer(api.GET("/api/jobs/{id}", { params: { path: { id } }, signal })),
    })),
    combine: (found) => found.flatMap((each) => each.data ?? []),
  });
}

function given<T extends object>(filter: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== false)) as { [Name in keyof T]?: NonNullable<T[Name]> };
}
