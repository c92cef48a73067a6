/** Jobs: the list, one job, and why its steps stand as they do. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { answer, api, page, type Schemas } from "../api/client";
import { hasEnded, type JobStatus } from "../lib/status";
import { keys } from "./keys";
import { useNeedsPolling } from "./live/live";

export type JobItem = Schemas["JobItem"];
export type JobDetail = Schemas["JobDetail"];
export type Step = Schemas["Step"];
export type Attempt = Schemas["Attempt"];

export type JobFilter = {
  workspace?: string | undefined;
  task_name?: string | undefined;
  status?: JobStatus[] | undefined;
  source_type?: JobItem["source_type"] | undefined;
  revision?: string | undefined;
  search?: string | undefined;
  label?: string[] | undefined;
  actor?: string | undefined;
  trigger?: string | undefined;
  waiting_on?: WaitingOn | undefined;
  duration_over?: string | undefined;
  created_after?: string | undefined;
  created_before?: string | undefined;
};

export type WaitingOn = NonNullable<Schemas["BulkFilter"]["waiting_on"]>;

const PAGE_SIZE = 100;
const STEPS = 1000;
/** How often an open job is read where the server has no live stream. */
const POLL_MS = 1500;

export function useJobs(filter: JobFilter) {
  const poll = usePolling();
  return useInfiniteQuery({
    queryKey: [...keys.jobs, filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => page(api.GET("/api/jobs", { params: { query: { ...given(filter), ...cursor(pageParam), limit: PAGE_SIZE } }, signal })),
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.pages[0]?.items.some((job) => !hasEnded(job.status)) ? poll : false),
  });
}

export function useJob(id: string) {
  const poll = usePolling();
  return useQuery({
    queryKey: keys.job(id),
    queryFn: ({ signal }) => answer(api.GET("/api/jobs/{id}", { params: { path: { id } }, signal })),
    refetchInterval: (query) => (query.state.data && hasEnded(query.state.data.status) ? false : poll),
  });
}

/** The steps after those of the job's detail, which has the first 1,000; `more` reads on. */
export function useMoreSteps(job: JobDetail) {
  const { data, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery({
    queryKey: [...keys.job(job.job_id), "steps"],
    enabled: job.steps_next !== undefined,
    initialPageParam: job.steps_next ?? 0,
    queryFn: ({ pageParam: offset, signal }) =>
      answer(api.GET("/api/jobs/{id}/steps", { params: { path: { id: job.job_id }, query: { offset, limit: STEPS } }, signal })),
    getNextPageParam: (last, _, offset) => (last.length < STEPS ? undefined : offset + STEPS),
  });
  const steps = useMemo(() => (data ? [...job.steps, ...data.pages.flat()] : job.steps), [job.steps, data]);
  const isWhole = job.steps_next === undefined || (data !== undefined && !hasNextPage);
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  return { steps, isWhole, more };
}

export type Explanation = Schemas["Explanation"];
export type Cause = Schemas["Cause"];

/** Why the job and its steps, or this step alone, stand as they do. */
export function useExplanation({ job_id: id, version }: JobDetail, step?: string) {
  return useQuery({
    queryKey: [...keys.version(id, version), "explain", step ?? null],
    queryFn: ({ signal }) => answer(api.GET("/api/jobs/{id}/explain", { params: { path: { id }, query: step === undefined ? {} : { step } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useCancelJob(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) => answer(api.POST("/api/jobs/{id}/cancel", { params: { path: { id } }, body: reason ? { reason } : {} })),
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: keys.job(id) }), client.invalidateQueries({ queryKey: keys.jobs })]),
  });
}

/** Without a live stream, open jobs are read again now and then. */
function usePolling(): number | false {
  return useNeedsPolling() ? POLL_MS : false;
}

const cursor = (value: string | null) => (value === null ? {} : { cursor: value });

function given(filter: JobFilter): Record<string, never> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value.length > 0)) as Record<string, never>;
}
