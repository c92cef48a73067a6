/** Operations on a job and its steps: which of them would be done now, and doing them. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import type { JobDetail } from "./jobs";
import { keys } from "./keys";

export type PossibleOperation = Schemas["PossibleOperation"];
export type RetryOptions = Schemas["Retry"];

/** What is sent with an operation; each takes what it knows of it. */
export type Sent = {
  reason?: string | undefined;
  /** The form of an approval. */
  input?: Record<string, unknown> | undefined;
  /** The output of a step that is declared completed. */
  result?: unknown;
  retry?: RetryOptions | undefined;
  event?: { type: string; payload: unknown } | undefined;
};

type OfJob = { path: { id: string } };
type OfStep = { path: { id: string; step: string } };

const because = ({ reason }: Sent) => (reason ? { reason } : {});

const OF_JOB = {
  cancel: (params: OfJob, sent: Sent) => answer(api.POST("/api/jobs/{id}/cancel", { params, body: because(sent) })),
  pause: (params: OfJob) => answer(api.POST("/api/jobs/{id}/pause", { params })),
  resume: (params: OfJob) => answer(api.POST("/api/jobs/{id}/resume", { params })),
  restart: (params: OfJob) => answer(api.POST("/api/jobs/{id}/restart", { params })),
  retry: (params: OfJob, sent: Sent) => answer(api.POST("/api/jobs/{id}/retry", { params, body: sent.retry ?? {} })),
  delete: (params: OfJob) => answer(api.DELETE("/api/jobs/{id}", { params })),
  event: ({ path }: OfJob, { event }: Sent) =>
    answer(api.POST("/api/jobs/{id}/events/{type}", { params: { path: { ...path, type: event?.type ?? "" } }, body: event?.payload ?? null })),
} as const;

const OF_STEP = {
  retry: (params: OfStep) => answer(api.POST("/api/jobs/{id}/steps/{step}/retry", { params })),
  replay: (params: OfStep) => answer(api.POST("/api/jobs/{id}/steps/{step}/replay", { params })),
  skip: (params: OfStep, sent: Sent) => answer(api.POST("/api/jobs/{id}/steps/{step}/skip", { params, body: because(sent) })),
  complete: (params: OfStep, sent: Sent) =>
    answer(api.POST("/api/jobs/{id}/steps/{step}/complete", { params, body: { ...because(sent), ...(sent.result === undefined ? {} : { result: sent.result }) } })),
  approve: (params: OfStep, sent: Sent) => decide(params, true, sent),
  reject: (params: OfStep, sent: Sent) => decide(params, false, sent),
} as const;

const decide = (params: OfStep, approved: boolean, sent: Sent) =>
  answer(api.POST("/api/jobs/{id}/steps/{step}/approve", { params, body: { approved, ...because(sent), ...(approved && sent.input ? { input: sent.input } : {}) } }));

export type JobOperation = keyof typeof OF_JOB;
export type StepOperation = keyof typeof OF_STEP;

/** An operation and what it is done to: the job, or one of its steps. */
export type Act = { operation: JobOperation; step?: undefined } | { operation: StepOperation; step: string };

/** Which operations would be done now, of the job and of its steps; of a job with many steps, of this one alone. */
export function useOperations({ job_id: id, version }: JobDetail, step?: string) {
  return useQuery({
    queryKey: [...keys.version(id, version), "operations", step ?? null],
    queryFn: ({ signal }) => answer(api.GET("/api/jobs/{id}/operations", { params: { path: { id }, query: step === undefined ? {} : { step } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** The id of the job that an operation has made; null where it made none. */
export function newJobOf(result: unknown): string | null {
  const id = typeof result === "object" && result !== null && "job_id" in result && Object.keys(result).length === 1 ? result.job_id : null;
  return typeof id === "string" ? id : null;
}

export function useOperate(id: string) {
  const client = useQueryClient();
  return useMutation<unknown, Error, { act: Act; sent: Sent }>({
    mutationFn: ({ act, sent }) =>
      act.step === undefined ? OF_JOB[act.operation]({ path: { id } }, sent) : OF_STEP[act.operation]({ path: { id, step: act.step } }, sent),
    onSettled: (_, __, { act }) => {
      if (act.operation !== "delete") void client.invalidateQueries({ queryKey: keys.job(id) });
      void client.invalidateQueries({ queryKey: keys.approvals });
      return client.invalidateQueries({ queryKey: keys.jobs });
    },
  });
}
