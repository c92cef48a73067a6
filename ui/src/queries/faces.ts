/** The same job as the APIs of other systems show it, as far as this server has them. */
import { useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { pathOf, FACES, type Face, statusIn } from "../lib/faces";
import type { JobDetail } from "./jobs";
import { keys } from "./keys";

export type ShownFace = { face: Face; path: string; status: string | null; body: unknown; refused: string | null };

export function useFaces(job: JobDetail) {
  const served = useServedPaths();
  return useQuery({
    queryKey: [...keys.version(job.job_id, job.version), "faces"],
    enabled: served.data !== undefined,
    queryFn: () => Promise.all(FACES.filter(({ marker }) => marker === null || served.data?.has(marker)).map((face) => show(face, job))),
  });
}

/** The server's description of itself names the paths of each API that it serves. It is large, so it is read only for this. */
function useServedPaths() {
  return useQuery({
    queryKey: ["served paths"],
    staleTime: Infinity,
    queryFn: async () => new Set(Object.keys(((await read("/openapi.json")).body as { paths?: object } | null)?.paths ?? {})),
  });
}

async function show(face: Face, job: JobDetail): Promise<ShownFace> {
  const path = pathOf(face, job);
  const { ok, status, body } = await read(path);
  return { face, path, body, status: ok ? statusIn(face, body) : null, refused: ok ? null : `it answered ${status}` };
}

/** These paths are not of the native API, so they have no types. */
async function read(path: string): Promise<{ ok: boolean; status: number; body: unknown }> {
  const { response, data, error } = await api.request("get", path as "/api/jobs", {});
  return { ok: response.ok, status: response.status, body: (response.ok ? data : error) ?? null };
}
