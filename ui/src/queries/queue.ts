/** Concurrency groups, workers, what waits for a worker, and draining the server. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";
import { useIsAdmin } from "./session";

export type ConcurrencyGroup = Schemas["ConcurrencyGroup"];
export type Worker = Schemas["Worker"];
export type Draining = Schemas["Draining"];
/** A step that is ready, and no worker takes it. */
export type Unassigned = { job: Schemas["JobItem"]; step: string; explanation: string; tags: string[] };

const MAX_ROWS = 500;
/** Each costs one more request. */
const MAX_EXPLAINED = 20;

/** The jobs change who holds what: the key begins with their noun. */
export function useGroups(workspace: string | undefined) {
  return useQuery({
    queryKey: [...keys.jobs, "groups", workspace],
    queryFn: ({ signal }) => answer(api.GET("/api/concurrency", { params: { query: { limit: MAX_ROWS, ...(workspace !== undefined && { workspace }) } }, signal })),
  });
}

export function useWorkers() {
  return useQuery({
    queryKey: keys.workers,
    queryFn: ({ signal }) => answer(api.GET("/api/workers", { params: { query: { limit: MAX_ROWS } }, signal })),
  });
}

export function useWorker(id: string | null) {
  return useQuery({
    queryKey: [...keys.workers, id],
    enabled: id !== null,
    queryFn: ({ signal }) => answer(api.GET("/api/workers/{id}", { params: { path: { id: id ?? "" } }, signal })),
  });
}

/** The steps that wait for a worker, with the tags that they ask for. */
export function useUnassigned(workspace: string | undefined) {
  return useQuery({
    queryKey: [...keys.jobs, "unassigned", workspace],
    queryFn: async ({ signal }) => {
      const query = { waiting_on: "worker" as const, limit: MAX_EXPLAINED, ...(workspace !== undefined && { workspace }) };
      const jobs = await answer(api.GET("/api/jobs", { params: { query }, signal }));
      const found = await Promise.all(jobs.map((job) => stepsOf(job, signal)));
      return found.flat();
    },
  });
}

async function stepsOf(job: Schemas["JobItem"], signal: AbortSignal): Promise<Unassigned[]> {
  const { steps } = await answer(api.GET("/api/jobs/{id}/explain", { params: { path: { id: job.job_id } }, signal }));
  return steps.flatMap((step) => {
    const cause = step.status === "ready" ? step.because.find((each) => each.kind === "worker") : undefined;
    return cause ? [{ job, step: step.step_name, explanation: step.explanation, tags: [cause.value].flat().filter((tag): tag is string => typeof tag === "string") }] : [];
  });
}

/** For administrators: others are not told. */
export function useDraining() {
  const isAdmin = useIsAdmin();
  return useQuery({
    queryKey: [...keys.workers, "drain"],
    enabled: isAdmin,
    queryFn: ({ signal }) => answer(api.GET("/api/drain", { signal })),
    retry: false,
  });
}

export function useDrain() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (timeout: string) => answer(api.POST("/api/drain", { body: timeout ? { timeout } : {} })),
    onSuccess: (found) => client.setQueryData([...keys.workers, "drain"], found),
  });
}
