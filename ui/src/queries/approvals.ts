/** The questions that wait for a decision, and deciding them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type WaitingApproval = Schemas["WaitingApproval"];
export type Decision = { approved: boolean; reason?: string; input?: Record<string, unknown> };

/** The most that the server tells of at once. */
export const MAX_APPROVALS = 500;

export function useApprovals() {
  return useQuery({
    queryKey: keys.approvals,
    meta: { showsJob: (waiting: readonly WaitingApproval[], id: string) => waiting.length >= MAX_APPROVALS || waiting.some((each) => each.job_id === id) },
    queryFn: ({ signal }) => answer(api.GET("/api/approvals", { params: { query: { limit: MAX_APPROVALS } }, signal })),
  });
}

/** How many approvals wait; 0 until it is known. */
export const useApprovalCount = (): number => useApprovals().data?.length ?? 0;

/** Decides one question. A refusal says which fields are wrong. */
export function useDecide({ job_id: id, step_name: step }: WaitingApproval) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (decision: Decision) => answer(api.POST("/api/jobs/{id}/steps/{step}/approve", { params: { path: { id, step } }, body: decision })),
    onSettled: () => client.invalidateQueries({ queryKey: keys.approvals }),
  });
}

/** Decides several at once, each for itself. Answers the questions that were refused, and why. */
export function useDecideAll(questions: readonly WaitingApproval[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (decision: Decision) => {
      const decisions = questions.map(({ job_id, step_name }) => ({ job_id, step_name, ...decision }));
      const { results } = await answer(api.POST("/api/approvals", { body: { decisions } }));
      return results.filter((each) => !each.ok);
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.approvals }),
  });
}
