/** Repeating a job: its input, and the new job with what was changed in it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type JobInput = Pick<Schemas["JobDetail"], "job_id" | "input" | "revision">;

/** The job whose input the form begins with; nothing without an id. */
export function useJobInput(id: string | undefined) {
  return useQuery({
    queryKey: keys.job(id ?? ""),
    enabled: id !== undefined,
    queryFn: ({ signal }) => answer(api.GET("/api/jobs/{id}", { params: { path: { id: id ?? "" } }, signal })),
  });
}

export function useRerun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body, key }: { id: string; body: Schemas["Rerun"]; key: string }) =>
      answer(api.POST("/api/jobs/{id}/rerun", { params: { path: { id } }, body, headers: { "Idempotency-Key": key } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.jobs }),
  });
}
