/** The cache of what the server answered, and its rules: what is shown stays on the screen while it is read again. */
import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError, isTemporary } from "../api/problem";
import { keys } from "./keys";
import { reachedServer, lostServer } from "./server";

const RETRIES = 2;

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onSuccess: reachedServer, onError: onFailure }),
  defaultOptions: {
    // A browser that says it is offline may still reach a server on this machine.
    queries: {
      networkMode: "always",
      staleTime: 30_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => isTemporary(error) && count < RETRIES,
    },
    mutations: { networkMode: "always", retry: false },
  },
});

function onFailure(error: Error): void {
  if (isTemporary(error)) lostServer();
  // The frame shows the sign-in page when it finds that the session has ended.
  if (error instanceof ApiError && error.status === 401) void queryClient.invalidateQueries({ queryKey: keys.me });
}
