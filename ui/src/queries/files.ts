/** Files of a workspace at a revision, as text. A file never changes at its revision, so each is read once. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type FileList = Schemas["FileList"];

/** The files at a branch, a tag or a commit; without one, at the active revision. */
export const useFiles = (ws: string, revision = "") =>
  useQuery({
    queryKey: [...keys.workspaces, ws, "files", revision],
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/files", { params: { path: { ws }, query: revision === "" ? {} : { revision } }, signal })),
    ...(revision !== "" && { retry: false }),
  });

async function readFile(ws: string, path: string, revision: string, signal: AbortSignal): Promise<string> {
  const params = { path: { ws, path }, query: { revision } };
  return answer(api.GET("/api/workspaces/{ws}/files/{path}", { params, parseAs: "text", signal }));
}

const fileQuery = (ws: string, path: string, revision: string) => ({
  queryKey: ["file", ws, revision, path],
  queryFn: ({ signal }: { signal: AbortSignal }) => readFile(ws, path, revision, signal),
  staleTime: Infinity,
});

/** Nothing is read while the path is not known. */
export const useFile = (ws: string, path: string | undefined, revision: string) =>
  useQuery({ ...fileQuery(ws, path ?? "", revision), enabled: path !== undefined });

/** The lines of these files at a revision; a file that cannot be read is not among them. */
export function useSources(ws: string, revision: string, paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return useQueries({
    queries: paths.map((path) => fileQuery(ws, path, revision)),
    combine: (found) => new Map(found.flatMap((each, index) => (each.data === undefined ? [] : [[paths[index] ?? "", each.data.split("\n")]]))),
  });
}
