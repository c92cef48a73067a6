/** Workspaces and their revisions: what was loaded, files, the plan of a change, and the acts on them. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type LoadedRevision = Schemas["LoadedRevision"];
export type Problem = Schemas["Problem"];
export type Candidate = Schemas["Candidate"];
export type Signature = Schemas["Signature"];
export type Drift = Schemas["Drift"];
export type ChangePlan = Schemas["ChangePlan"];
export type Change = Schemas["PlanChange"];
export type Detail = Schemas["PlanDetail"];

const PAGE_SIZE = 25;
/** So many jobs of a revision are counted; more are "20+". */
export const MOST_COUNTED = 20;

export function useWorkspace(ws: string) {
  return useQuery({
    queryKey: [...keys.workspaces, ws],
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}", { params: { path: { ws } }, signal })),
  });
}

/** What was loaded, newest first. */
export function useRevisions(ws: string, enabled = true) {
  return useInfiniteQuery({
    enabled,
    queryKey: [...keys.workspaces, ws, "revisions"],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE_SIZE, ...(pageParam !== null && { before: pageParam }) };
      return answer(api.GET("/api/workspaces/{ws}/revisions", { params: { path: { ws }, query }, signal }));
    },
    getNextPageParam: (last) => (last.length < PAGE_SIZE ? null : last.at(-1)?.id),
    placeholderData: keepPreviousData,
  });
}

/** How many jobs ran at each of these revisions, `MOST_COUNTED` at most. */
export function useJobsOf(ws: string, revisions: readonly string[]): ReadonlyMap<string, number> {
  return useQueries({
    queries: revisions.map((revision) => ({
      queryKey: [...keys.workspaces, ws, "jobs of", revision],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const query = { workspace: ws, revision, limit: MOST_COUNTED };
        return (await answer(api.GET("/api/jobs", { params: { query }, signal }))).length;
      },
    })),
    combine: (found) => new Map(found.flatMap((each, index) => (each.data === undefined ? [] : [[revisions[index] ?? "", each.data]]))),
  });
}

/** Whether the caller administers the whole workspace, and the rule that says so. */
export function useMayAdminister(ws: string) {
  return useQuery({
    queryKey: [...keys.me, "can", "admin", ws],
    queryFn: ({ signal }) => answer(api.GET("/api/auth/can", { params: { query: { action: "admin", workspace: ws } }, signal })),
    staleTime: 5 * 60_000,
  });
}

/** An act on a workspace, after which it is read again. */
function useAct<Given, Found>(act: (given: Given) => Promise<Found>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSettled: () => Promise.all([keys.workspaces, keys.tasks, keys.triggers].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

export const useRefresh = (ws: string) =>
  useAct(() => answer(api.POST("/api/workspaces/{ws}/refresh", { params: { path: { ws } }, body: {} })));

/** `isOn`: follow the remote branch again, or stop it. */
export const useSync = (ws: string) =>
  useAct(({ isOn, reason }: { isOn: boolean; reason: string }) =>
    answer(api.POST(isOn ? "/api/workspaces/{ws}/resume-sync" : "/api/workspaces/{ws}/pause-sync", { params: { path: { ws } }, body: { reason } })));

export const useAccept = (ws: string) =>
  useAct(({ sha, reason }: { sha: string; reason: string }) =>
    answer(api.POST("/api/workspaces/{ws}/revisions/{sha}/accept", { params: { path: { ws, sha } }, body: { reason } })));

/** What the change from base to head means; without them, from the active revision to the newest. */
export function usePlan(ws: string, base: string | undefined, head: string | undefined) {
  return useQuery({
    queryKey: [...keys.workspaces, ws, "plan", base ?? null, head ?? null],
    queryFn: ({ signal }) => {
      const query = { ...(base && { base }), ...(head && { head }) };
      return answer(api.GET("/api/workspaces/{ws}/plan", { params: { path: { ws }, query }, signal }));
    },
    retry: false,
  });
}
