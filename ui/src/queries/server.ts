/**
 * Whether the server can be reached. When it is gone, the last data stays, the frame says how old it is, and the server
 * is asked again after 1, 2, 4, … 30 seconds; when it is back, everything is read anew.
 */
import { storeOf } from "../lib/store";

export type Server = { reachable: true } | { reachable: false; since: number; retryAt: number };

const MAX_DELAY_MS = 30_000;

const server = storeOf<Server>({ reachable: true });
let delay = 1000;
let timer: ReturnType<typeof setTimeout> | undefined;
const onReturn = new Set<() => void>();

export function reachedServer(): void {
  if (server.get().reachable) return;
  clearTimeout(timer);
  delay = 1000;
  server.set({ reachable: true });
  onReturn.forEach((listener) => listener());
}

export function lostServer(): void {
  if (!server.get().reachable) return;
  server.set({ reachable: false, since: Date.now(), retryAt: Date.now() + delay });
  timer = setTimeout(() => void retryNow(), delay);
}

export async function retryNow(): Promise<void> {
  clearTimeout(timer);
  try {
    if ((await fetch("/healthz", { cache: "no-store" })).ok) return reachedServer();
  } catch {
    // It is still gone.
  }
  const state = server.get();
  if (state.reachable) return;
  delay = Math.min(delay * 2, MAX_DELAY_MS);
  server.set({ ...state, retryAt: Date.now() + delay });
  timer = setTimeout(() => void retryNow(), delay);
}

/** Calls back when the server can be reached again. */
export function whenServerReturns(listener: () => void): () => void {
  onReturn.add(listener);
  return () => onReturn.delete(listener);
}

export const useServer = server.use;
