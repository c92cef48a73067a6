/** What a job is held against: the last good run of its task, and how long the task takes. */
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { hasEnded } from "../lib/status";
import type { JobDetail, JobItem } from "./jobs";
import { keys } from "./keys";

/** The newest job of the same task that completed before this one was made; null if there is none. */
export function useLastGood(job: JobDetail) {
  return useQuery({
    queryKey: keys.past(job.job_id),
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<JobItem | null> => {
      const { workspace, task_name, created_at: created_before } = job;
      const query = { workspace, task_name, created_before, status: ["completed" as const], limit: 1 };
      return (await answer(api.GET("/api/jobs", { params: { query }, signal })))[0] ?? null;
    },
  });
}

/** Jobs that this one has started: children and hooks. */
export function useChildJobs(job: JobDetail) {
  return useQuery({
    queryKey: [...keys.job(job.job_id), "children"],
    meta: { showsJob: (children: readonly JobItem[], id: string) => children.some((child) => child.job_id === id) },
    queryFn: ({ signal }) => answer(api.GET("/api/jobs", { params: { query: { parent_job_id: job.job_id, order: "oldest", limit: 200 } }, signal })),
    retry: false,
  });
}

/** How long the task usually takes, in seconds; null while that is not known. */
export function useUsualDuration(job: JobDetail): number | null {
  const { data } = useQuery({
    queryKey: keys.past(`${job.workspace}/${job.task_name}`),
    enabled: hasEnded(job.status) || job.status === "running",
    retry: false,
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/tasks/{name}/stats", { params: { path: { ws: job.workspace, name: job.task_name } }, signal })),
  });
  return data?.duration_seconds.p50 ?? null;
}
