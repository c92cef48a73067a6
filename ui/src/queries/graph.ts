import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import type { JobDetail } from "./jobs";
import { keys } from "./keys";

export type Graph = Schemas["Graph"];
export type GraphNode = Schemas["GraphNode"];

/** What waits for what in a job; the instances of a loop are counted in it. `isWanted`: whether it is read. */
export function useGraph({ job_id: id, version }: JobDetail, isWanted = true) {
  return useQuery({
    enabled: isWanted,
    queryKey: [...keys.version(id, version), "graph"],
    queryFn: ({ signal }) => answer(api.GET("/api/jobs/{id}/graph", { params: { path: { id } }, signal })),
    placeholderData: keepPreviousData,
  });
}
