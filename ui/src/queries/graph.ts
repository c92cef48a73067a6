import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type Graph = Schemas["Graph"];
export type GraphNode = Schemas["GraphNode"];

/** What waits for what in a job; the instances of a loop are counted in it. */
export function useGraph(id: string, state: string) {
  return useQuery({
    queryKey: [...keys.job(id), "graph", state],
    queryFn: ({ signal }) => answer(api.GET("/api/jobs/{id}/graph", { params: { path: { id } }, signal })),
    placeholderData: keepPreviousData,
  });
}
