/**
 * Whether the server can be reached. When it is gone, the last data stays, the frame says how old it is, and the server
 * is asked again after 1, 2, 4, … 30 seconds; when it is back, everything is read anew.
 */
import { useSyncExternalStore } from "react";

export type Server = { reachable: true } | { reachable: false; since: number; retryAt: number };

const MAX_DELAY_MS = 30_000;

let state: Server = { reachable: true };
let delay = 1000;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
const onReturn = new Set<() => void>();

function set(next: Server): void {
  state = next;
  listeners.forEach((listener) => listener());
}

export function reachedServer(): void {
  if (state.reachable) return;
  clearTimeout(timer);
  delay = 1000;
  set({ reachable: true });
  onReturn.forEach((listener) => listener());
}

export function lostServer(): void {
  if (!state.reachable) return;
  set({ reachable: false, since: Date.now(), retryAt: Date.now() + delay });
  timer = setTimeout(() => void retryNow(), delay);
}

export async function retryNow(): Promise<void> {
  clearTimeout(timer);
  try {
    if ((await fetch("/healthz", { cache: "no-store" })).ok) return reachedServer();
  } catch {
    // It is still gone.
  }
  if (state.reachable) return;
  delay = Math.min(delay * 2, MAX_DELAY_MS);
  set({ ...state, retryAt: Date.now() + delay });
  timer = setTimeout(() => void retryNow(), delay);
}

/** Calls back when the server can be reached again. */
export function whenServerReturns(listener: () => void): () => void {
  onReturn.add(listener);
  return () => onReturn.delete(listener);
}

export function useServer(): Server {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}
