import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type Artifact = Schemas["Artifact"];

/** The files that the steps of a job left. */
export function useArtifacts(id: string) {
  return useQuery({
    queryKey: [...keys.job(id), "artifacts"],
    queryFn: ({ signal }) => answer(api.GET("/api/jobs/{id}/artifacts", { params: { path: { id } }, signal })),
  });
}

/** Where a browser downloads one. */
export const artifactAddress = (id: string, { name, step, attempt }: Artifact): string =>
  `/api/jobs/${id}/artifacts/${name.split("/").map(encodeURIComponent).join("/")}?step=${encodeURIComponent(step)}&attempt=${attempt}`;
