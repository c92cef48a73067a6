import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

/** Runs what is left of an ended job, in a new job at the same revision. */
export function useRetryJob(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => (await answer(api.POST("/api/jobs/{id}/retry", { params: { path: { id } }, body: {} }))) as Schemas["Created"],
    onSettled: () => Promise.all([keys.jobs, keys.tasks].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}
