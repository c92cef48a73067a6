/** Who the caller is, and how one signs in here. */
import { type QueryKey, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { ApiError } from "../api/problem";
import { keys } from "./keys";
import { reconnectLive } from "./live/live";

export type Me = Schemas["Me"];
export type ClientConfig = Schemas["ClientConfig"];

/** `signed-out` is a caller without an account; `open` is a server that has none. */
export type Session =
  | { kind: "user"; me: Me }
  | { kind: "open" }
  | { kind: "signed-out" };

export function useConfig() {
  return useQuery({
    queryKey: keys.config,
    queryFn: ({ signal }) => answer(api.GET("/api/config", { signal })),
    staleTime: Infinity,
  });
}

export function useSession() {
  const { data: config } = useConfig();
  return useQuery({
    queryKey: keys.me,
    enabled: config !== undefined,
    queryFn: ({ signal }) => (config && hasAccounts(config) ? session(signal) : OPEN),
    staleTime: 5 * 60_000,
  });
}

/** Whether the caller may do all: an administrator, or anybody on an open server. */
export function useIsAdmin(): boolean {
  const { data } = useSession();
  return data?.kind === "open" || (data?.kind === "user" && data.me.is_admin);
}

const OPEN: Session = { kind: "open" };

const hasAccounts = (config: ClientConfig) => config.auth_required || config.has_internal_auth || config.oidc_providers.length > 0;

async function session(signal: AbortSignal): Promise<Session> {
  try {
    const me = await answer(api.GET("/api/auth/me", { signal }));
    return me.anonymous ? { kind: "signed-out" } : { kind: "user", me };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { kind: "open" };
    if (error instanceof ApiError && error.status === 401) return { kind: "signed-out" };
    throw error;
  }
}

/** What one sees depends on who one is; how one signs in does not. */
const isOfCaller = ({ queryKey }: { queryKey: QueryKey }) => queryKey[0] !== keys.config[0];

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["Login"]) => answer(api.POST("/api/auth/login", { body })),
    onSuccess: () => {
      reconnectLive();
      return client.resetQueries({ predicate: isOfCaller });
    },
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST("/api/auth/logout", { body: {} })),
    onSuccess: () => client.resetQueries({ predicate: isOfCaller }),
  });
}

/** Where the browser goes to sign in at a provider. */
export const providerAddress = (id: string, next: string): string =>
  `/api/auth/oidc/${encodeURIComponent(id)}?next=${encodeURIComponent(next)}`;
