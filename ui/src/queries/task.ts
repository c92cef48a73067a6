/** One task in depth: its numbers, its versions, the events of its triggers, and the file that defines it. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type Stats = Schemas["Stats"];
export type Version = Schemas["Version"];
export type TriggerEvent = Schemas["TriggerEvent"];

const SERIES = 100;

export function useTaskStats(workspace: string, name: string) {
  return useQuery({
    queryKey: [...keys.counts, "task", workspace, name],
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/tasks/{name}/stats", { params: { path: { ws: workspace, name }, query: { last: SERIES, series: SERIES } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useVersions(workspace: string, name: string) {
  return useQuery({
    queryKey: [...keys.definitions, workspace, name, "versions"],
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/tasks/{name}/versions", { params: { path: { ws: workspace, name } }, signal })),
  });
}

export function useTriggerEvents(workspace: string, name: string) {
  return useQuery({
    queryKey: [...keys.triggers, workspace, name, "events"],
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/triggers/{name}/events", { params: { path: { ws: workspace, name }, query: { limit: 10 } }, signal })),
  });
}

/** A file of a workspace at a revision, as text: a revision never changes. */
export function useFile(workspace: string, path: string | undefined, revision: string) {
  return useQuery({
    queryKey: ["file", workspace, revision, path],
    enabled: path !== undefined,
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const params = { path: { ws: workspace, path: path ?? "" }, query: { revision } };
      return String(await answer(api.GET("/api/workspaces/{ws}/files/{path}", { params, parseAs: "text", signal })));
    },
  });
}
