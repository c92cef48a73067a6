/** Triggers: their definitions, events and fires, and the acts on them. */
import { keepPreviousData, useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type TriggerItem = Schemas["Trigger"] & { workspace: string };
export type TriggerDetail = Schemas["Trigger"];
export type TriggerEvent = Schemas["TriggerEvent"];
export type Fire = Schemas["ScheduledFire"];
export type Backfill = Schemas["Backfill"];

/** The most that the server lists. */
const MOST_FIRES = 5000;

/** The triggers of these workspaces in one list; `error` is the first of those that could not be read. */
export function useTriggers(workspaces: readonly string[]): { triggers: TriggerItem[]; isPending: boolean; error: Error | null } {
  return useQueries({
    queries: workspaces.map((ws) => ({
      queryKey: [...keys.triggers, ws],
      queryFn: ({ signal }: { signal: AbortSignal }) => answer(api.GET("/api/workspaces/{ws}/triggers", { params: { path: { ws } }, signal })),
    })),
    combine: (found) => ({
      triggers: found.flatMap((each, index) => (each.data ?? []).map((trigger) => ({ ...trigger, workspace: workspaces[index] ?? "" }))),
      isPending: found.some((each) => each.isPending),
      error: found.find((each) => each.error)?.error ?? null,
    }),
  });
}

const one = (ws: string, name: string) => ({ path: { ws, name } });

export function useTrigger(ws: string, name: string) {
  return useQuery({
    queryKey: [...keys.triggers, ws, name],
    queryFn: async ({ signal }) => (await answer(api.GET("/api/workspaces/{ws}/triggers/{name}", { params: one(ws, name), signal }))) as TriggerDetail,
  });
}

export function useTriggerEvents(ws: string, name: string) {
  return useQuery({
    queryKey: [...keys.triggers, ws, name, "events"],
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces/{ws}/triggers/{name}/events", { params: { ...one(ws, name), query: { limit: 50 } }, signal })),
  });
}

/** The fires of all schedules up to this time. */
export function useFires(until: string) {
  return useQuery({
    queryKey: [...keys.triggers, "fires", until],
    queryFn: ({ signal }) => answer(api.GET("/api/fires", { params: { query: { until, limit: MOST_FIRES } }, signal })),
    placeholderData: keepPreviousData,
  });
}

function useAct<Given, Found>(act: (given: Given) => Promise<Found>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSettled: () => Promise.all([keys.triggers, keys.tasks, keys.jobs, keys.workspaces].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

export const useFire = (ws: string, name: string) =>
  useAct((input: Record<string, unknown>) => answer(api.POST("/api/workspaces/{ws}/triggers/{name}/fire", { params: one(ws, name), body: { input } })));

export const useSuspension = (ws: string, name: string) =>
  useAct(({ isOn, reason }: { isOn: boolean; reason: string }) =>
    answer(api.POST(isOn ? "/api/workspaces/{ws}/triggers/{name}/suspend" : "/api/workspaces/{ws}/triggers/{name}/unsuspend", { params: one(ws, name), body: reason ? { reason } : {} })));

/** Of several triggers at once; the first that is refused is the error. */
export const useSuspensions = (workspace: string) =>
  useAct(async ({ isOn, triggers, reason }: { isOn: boolean; triggers: string[]; reason: string }) => {
    const { results } = await answer(api.POST(isOn ? "/api/triggers/suspend" : "/api/triggers/unsuspend", { body: { workspace, triggers, ...(reason && { reason }) } }));
    const refused = results.find((each) => !each.ok);
    if (refused) throw new Error(`${refused.trigger}: ${refused.error ?? "it was refused"}`);
  });

/** As a commit of the file: `enabled` is what it is to be. */
export const useSwitch = (ws: string, name: string) =>
  useAct(({ enabled, message }: { enabled: boolean; message: string }) =>
    answer(api.POST(enabled ? "/api/workspaces/{ws}/triggers/{name}/enable" : "/api/workspaces/{ws}/triggers/{name}/disable", { params: one(ws, name), body: message ? { message } : {} })));

export const useBackfill = (ws: string, name: string) =>
  useAct((body: Backfill) => answer(api.POST("/api/workspaces/{ws}/triggers/{name}/backfill", { params: one(ws, name), body })));
