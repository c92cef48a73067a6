/** One task in depth: its numbers, its versions, and the events of its triggers. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type Stats = Schemas["Stats"];
export type Version = Schemas["Version"];
export type TriggerEvent = Schemas["TriggerEvent"];

const SERIES = 100;
const VERSIONS = 20;

export function useTaskStats(workspace: string, name: string) {
  return useQuery({
    queryKey: [...keys.counts, "task", workspace, name],
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/tasks/{name}/stats", { params: { path: { ws: workspace, name }, query: { last: SERIES, series: SERIES } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** The newest commits that changed the task; empty where there is no git. */
export function useVersions(workspace: string, name: string, limit = VERSIONS, enabled = true) {
  return useQuery({
    queryKey: [...keys.definitions, workspace, name, "versions", limit],
    enabled,
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/tasks/{name}/versions", { params: { path: { ws: workspace, name }, query: { limit } }, signal })),
  });
}

/** What the change from one commit to another means for the task; neither ever changes. */
export function useTaskChanges(workspace: string, name: string, from: string, to: string, enabled: boolean) {
  return useQuery({
    queryKey: ["changes of a task", workspace, name, from, to],
    enabled,
    staleTime: Infinity,
    retry: false,
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/tasks/{name}/diff", { params: { path: { ws: workspace, name }, query: { from, to } }, signal })),
  });
}

export function useTriggerEvents(workspace: string, name: string) {
  return useQuery({
    queryKey: [...keys.triggers, workspace, name, "events"],
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/triggers/{name}/events", { params: { path: { ws: workspace, name }, query: { limit: 10 } }, signal })),
  });
}
