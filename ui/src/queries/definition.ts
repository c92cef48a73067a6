/** The task of a job, at the revision of the job. */
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import type { JobDetail } from "./jobs";

export type TaskDetail = Schemas["TaskDetail"];

/** The task as the job has it; revisions do not change, so it is read once. */
export function useTaskAt(job: JobDetail, enabled = true) {
  return useQuery({
    queryKey: ["at revision", job.workspace, job.task_name, job.revision],
    enabled,
    staleTime: Infinity,
    retry: false,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/workspaces/{ws}/tasks/{name}", { params: { path: { ws: job.workspace, name: job.task_name }, query: { revision: job.revision } }, signal })),
  });
}
