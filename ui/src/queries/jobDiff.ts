/** How two jobs differ. */
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { keys } from "./keys";

export function useJobDiff(id: string, other: string) {
  return useQuery({
    queryKey: [...keys.job(id), "diff", other],
    retry: false,
    queryFn: ({ signal }) => answer(api.GET("/api/jobs/{id}/diff/{other}", { params: { path: { id, other } }, signal })),
  });
}
