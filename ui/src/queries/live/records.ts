/** The records of `/api/events`, and which queries each of them makes stale. */
import type { Query } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { keys } from "../keys";

/** One change, in the order of `seq`. */
export type LiveRecord = Schemas["ServerEvent"];

/** What takes the place of records that are no longer kept: all that is shown may be stale. */
export const isGap = (record: LiveRecord): boolean => record.what === "gap";

/** By the first word of `what`: the keys of the queries that show it. */
const STALE: Record<string, readonly (readonly string[])[]> = {
  job: [keys.jobs, keys.tasks, keys.counts],
  step: [keys.jobs],
  approval: [keys.approvals],
  workspace: [keys.workspaces, keys.tasks, keys.triggers, keys.definitions],
  trigger: [keys.triggers],
  worker: [keys.workers],
};

/** The keys that a record makes stale. */
export function staleKeys(record: LiveRecord): readonly (readonly string[])[] {
  const noun = record.what.split(".")[0] ?? "";
  const lists = STALE[noun] ?? (record.job_id ? [keys.jobs] : []);
  const asked = noun === "step" && record.status === "suspended" ? [keys.approvals] : [];
  return record.job_id ? [...lists, ...asked, keys.job(record.job_id)] : lists;
}

/** Whether what a query has read names one of these jobs, for a query whose `meta` can tell. */
export function showsAny({ meta, state: { data } }: Pick<Query, "meta" | "state">, jobs: ReadonlySet<string>): boolean {
  const showsJob = meta?.["showsJob"] as ((data: unknown, id: string) => boolean) | undefined;
  return showsJob !== undefined && data !== undefined && [...jobs].some((id) => showsJob(data, id));
}
