/** Where a step is defined, at the revision of its job, and the text of that file. */
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import type { JobDetail } from "./jobs";

export type Place = { file: string; line: number; revision: string };
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

export function useFile(workspace: string, place: Place | null) {
  return useQuery({
    queryKey: ["at revision", workspace, "file", place?.revision ?? "", place?.file ?? ""],
    enabled: place !== null,
    staleTime: Infinity,
    retry: false,
    queryFn: async ({ signal }): Promise<string> => {
      const params = { path: { ws: workspace, path: place?.file ?? "" }, query: { revision: place?.revision ?? "" } };
      return (await answer(api.GET("/api/workspaces/{ws}/files/{path}", { params, parseAs: "text", signal }))) as string;
    },
  });
}
