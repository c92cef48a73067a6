import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type JobDifference = Schemas["JobDifference"];
export type StepDifference = Schemas["StepDifference"];
export type ValueChange = Schemas["ValueChange"];

/** What two jobs do not have in common. */
export function useJobDiff(id: string, other: string) {
  return useQuery({
    queryKey: [...keys.job(id), "diff", other],
    retry: false,
    queryFn: ({ signal }) => answer(api.GET("/api/jobs/{id}/diff/{other}", { params: { path: { id, other } }, signal })),
  });
}
