/** The secrets and connections of a workspace: names and readers, never values. */
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type Secret = Schemas["Secret"];
export type Connection = Schemas["Connection"];

/** A new revision of the workspace changes both: the key begins with its noun. */
export function useSecrets(workspace: string) {
  return useQuery({
    queryKey: [...keys.workspaces, workspace, "secrets"],
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/secrets", { params: { path: { ws: workspace } }, signal })),
  });
}

export function useConnections(workspace: string) {
  return useQuery({
    queryKey: [...keys.workspaces, workspace, "connections"],
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/connections", { params: { path: { ws: workspace } }, signal })),
  });
}
