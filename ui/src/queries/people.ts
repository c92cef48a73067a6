/** Accounts and their sessions, API keys, and what somebody may do. */
import { type QueryKey, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";
import { useSession } from "./session";

export type User = Schemas["User"];
export type UserSession = Schemas["UserSession"];
export type Key = Schemas["Key"];
export type NewKey = Schemas["NewKey"];
export type Permission = Schemas["Permission"];
export type Question = { action: "view" | "run" | "admin"; workspace?: string; task?: string; user?: string };

const MAX_ROWS = 500;

/** An act, after which the queries of this key are read again. */
function useAct<Given, Data>(queryKey: QueryKey, act: (given: Given) => Promise<Data>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: act, onSettled: () => client.invalidateQueries({ queryKey }) });
}

export function useUsers() {
  return useQuery({
    queryKey: keys.users,
    queryFn: ({ signal }) => answer(api.GET("/api/users", { params: { query: { limit: MAX_ROWS } }, signal })),
  });
}

export const useAddUser = () => useAct(keys.users, (body: Schemas["NewUser"]) => answer(api.POST("/api/users", { body })));

export const useChangeUser = (id: string) =>
  useAct(keys.users, (body: Schemas["UserChange"]) => answer(api.PATCH("/api/users/{id}", { params: { path: { id } }, body })));

export const useSwitchUser = (id: string) =>
  useAct(keys.users, (on: boolean) =>
    answer(on ? api.POST("/api/users/{id}/enable", { params: { path: { id } } }) : api.POST("/api/users/{id}/disable", { params: { path: { id } } })));

export const useSetPassword = (id: string) =>
  useAct(keys.users, (password: string) => answer(api.POST("/api/users/{id}/password", { params: { path: { id } }, body: { password } })));

export function useUserSessions(id: string) {
  return useQuery({
    queryKey: [...keys.users, id, "sessions"],
    queryFn: ({ signal }) => answer(api.GET("/api/users/{id}/sessions", { params: { path: { id } }, signal })),
  });
}

/** Ends one session, or with `null` all of them. */
export const useEndSession = (id: string) =>
  useAct(keys.users, (session: string | null) =>
    answer(session === null ? api.DELETE("/api/users/{id}/sessions", { params: { path: { id } } }) : api.DELETE("/api/users/{id}/sessions/{session}", { params: { path: { id, session } } })));

/** A server without accounts has no keys, and is not asked. */
export function useApiKeys() {
  const { data: session } = useSession();
  return useQuery({
    queryKey: keys.apiKeys,
    enabled: session?.kind === "user",
    queryFn: ({ signal }) => answer(api.GET("/api/auth/api-keys", { params: { query: { limit: MAX_ROWS } }, signal })),
  });
}

export const useMakeKey = () => useAct(keys.apiKeys, (body: NewKey) => answer(api.POST("/api/auth/api-keys", { body })));

export const useRevokeKey = () =>
  useAct(keys.apiKeys, (key: string) => answer(api.DELETE("/api/auth/api-keys/{key}", { params: { path: { key } } })));

/** Whether somebody may do something, and by which rule; `null` asks nothing. */
export function useMay(question: Question | null) {
  return useQuery({
    queryKey: [...keys.users, "can", question],
    enabled: question !== null,
    queryFn: ({ signal }) => answer(api.GET("/api/auth/can", { params: { query: question ?? {} }, signal })),
    retry: false,
  });
}
