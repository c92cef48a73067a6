/** All that happened to a job, in order. It only grows: what is known is not read again. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type HistoryEntry = Schemas["HistoryEntry"];

const PAGE = 5000;

export function useHistory(id: string, enabled: boolean) {
  const client = useQueryClient();
  const queryKey = [...keys.job(id), "history"];
  return useQuery({
    queryKey,
    enabled,
    queryFn: async ({ signal }): Promise<HistoryEntry[]> => {
      let known = client.getQueryData<HistoryEntry[]>(queryKey) ?? [];
      for (;;) {
        const after = known.at(-1)?.seq ?? 0;
        const more = await answer(api.GET("/api/jobs/{id}/events", { params: { path: { id }, query: { after, limit: PAGE } }, signal }));
        const entries = more as HistoryEntry[];
        if (entries.length > 0) known = [...known, ...entries];
        if (entries.length < PAGE) return known;
      }
    },
  });
}
