import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type WaitingApproval = Schemas["WaitingApproval"];

export function useApprovals() {
  return useQuery({
    queryKey: keys.approvals,
    queryFn: ({ signal }) => answer(api.GET("/api/approvals", { signal })),
  });
}

/** How many approvals wait; 0 until it is known. */
export const useApprovalCount = (): number => useApprovals().data?.length ?? 0;
