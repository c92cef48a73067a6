/** One operation on many jobs. */
import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import type { JobFilter } from "./jobs";
import { keys } from "./keys";

export type BulkOperation = Schemas["Bulk"]["operation"];
export type BulkResult = Schemas["BulkResult"];
export type PossibleOperation = Schemas["PossibleOperation"];

/** The jobs that are meant: those that were chosen, or all that a filter finds. */
export type Meant = { job_ids: string[] } | { filter: JobFilter };

const MAX_ASKED = 50;

function body(operation: BulkOperation, meant: Meant): Schemas["Bulk"] {
  if ("job_ids" in meant) return { operation, job_ids: meant.job_ids };
  const { label, ...rest } = meant.filter;
  const labels = Object.fromEntries((label ?? []).map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]));
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value.length > 0));
  return { operation, filter: { ...given, ...(label?.length && { labels }) } as NonNullable<Schemas["Bulk"]["filter"]> };
}

/** Which jobs the operation would change. */
export function useBulkDryRun(operation: BulkOperation, meant: Meant) {
  return useQuery({
    queryKey: [...keys.jobs, "bulk", operation, meant],
    queryFn: ({ signal }) => answer(api.POST("/api/jobs/bulk", { body: { ...body(operation, meant), dry_run: true }, signal })),
    staleTime: 0,
  });
}

export function useBulk(operation: BulkOperation, meant: Meant) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) => answer(api.POST("/api/jobs/bulk", { body: { ...body(operation, meant), ...(reason && { reason }) } })),
    onSettled: () => client.invalidateQueries({ queryKey: keys.jobs }),
  });
}

/** Of each job, whether it allows the operation and why not; of many jobs, only of the first. */
export function usePossible(ids: readonly string[], operation: BulkOperation) {
  return useQueries({
    queries: ids.slice(0, MAX_ASKED).map((id) => ({
      queryKey: [...keys.job(id), "operations"],
      queryFn: ({ signal }: { signal: AbortSignal }) => answer(api.GET("/api/jobs/{id}/operations", { params: { path: { id } }, signal })),
    })),
    combine: (found) => ({
      isPending: found.some((each) => each.isPending),
      refused: found.flatMap((each, index) => {
        const possible = each.data?.find((one) => one.operation === operation && one.step === undefined);
        return possible && !possible.allowed ? [{ id: ids[index] ?? "", because: possible.because ?? "" }] : [];
      }),
    }),
  });
}
