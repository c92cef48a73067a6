/**
 * Whether the server can be reached. When it is gone, the last data stays, the frame says how old it is, and the server
 * is asked again after 1, 2, 4, … 30 seconds; when it is back, everything is read anew.
 */
import { loadAfter } from "../lib/lazily";
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
  if (await answers()) return reachedServer();
  const state = server.get();
  if (state.reachable) return;
  delay = Math.min(delay * 2, MAX_DELAY_MS);
  server.set({ ...state, retryAt: Date.now() + delay });
  timer = setTimeout(() => void retryNow(), delay);
}

/** Something failed that may mean that the server is gone: it is asked. Answers whether it is there. */
export async function checkServer(): Promise<boolean> {
  if (!server.get().reachable) return false;
  if (await answers()) return true;
  lostServer();
  return false;
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch("/healthz", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

/** Calls back when the server can be reached again. */
export function whenServerReturns(listener: () => void): () => void {
  onReturn.add(listener);
  return () => onReturn.delete(listener);
}

/** Waits until the server can be reached; not at all if it can be now. */
export async function serverIsThere(): Promise<void> {
  if (await checkServer()) return;
  await new Promise<void>((then) => {
    const forget = whenServerReturns(() => {
      forget();
      then();
    });
  });
}

// Code that was not loaded when the server went is loaded when it is back.
loadAfter(serverIsThere);

export const useServer = server.use;
