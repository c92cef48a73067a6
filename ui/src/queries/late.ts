/** Open jobs that are past their deadline. */
import { useQuery } from "@tanstack/react-query";
import { api, page } from "../api/client";
import type { JobItem } from "./jobs";
import { keys } from "./keys";
import { useJobDetails } from "./overview";

const PAGE_SIZE = 500;
/** Of so many it is said since when they are late. */
const MAX_DETAILED = 20;
const NONE: JobItem[] = [];

/** All of them, the newest first; empty until they are known. */
export function useLateJobs(workspace: string | undefined): readonly JobItem[] {
  const { data = NONE } = useQuery({
    queryKey: [...keys.jobs, "late", workspace],
    queryFn: async ({ signal }) => {
      const found: JobItem[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const query = { late: true, limit: PAGE_SIZE, ...(workspace && { workspace }), ...(cursor && { cursor }) };
        const { items, next } = await page(api.GET("/api/jobs", { params: { query }, signal }));
        found.push(...items);
        cursor = next;
      }
      return found;
    },
  });
  return data;
}

/** The same, with their deadlines. */
export function useDeadlines(late: readonly JobItem[]): (JobItem & { deadline_at: string | null })[] {
  const details = useJobDetails(late.slice(0, MAX_DETAILED).map((job) => job.job_id));
  const deadlines = new Map(details.map((job) => [job.job_id, job.deadline_at]));
  return late.map((job) => ({ ...job, deadline_at: deadlines.get(job.job_id) ?? null }));
}
