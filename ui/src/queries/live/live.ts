/**
 * Live updates: one connection for all tabs of a browser (a browser allows six to a host). A shared worker holds it;
 * where there is none, the tab that has the lock. Each record makes the queries stale that show it.
 */
import type { QueryClient } from "@tanstack/react-query";
import { storeOf } from "../../lib/store";
import { checkServer, whenServerReturns } from "../server";
import { type Asking, CHANNEL, holdConnection } from "./channel";
import { isGap, showsAny, staleKeys } from "./records";
import { follow, type LiveMessage, type LiveState } from "./socket";

/** Records of this long are gathered, as one change makes several. */
const GATHER_MS = 30;
/** On a busy server, what is shown is read again so often at most. */
const PAUSE_MS = 1000;

const live = storeOf<LiveState>({ kind: "connecting" });
let channel: BroadcastChannel | undefined;

export function startLive(queryClient: QueryClient): void {
  const stale = new Map<string, readonly string[]>();
  const jobs = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = -Infinity;
  let seq: number | null = null;

  const flush = () => {
    timer = undefined;
    last = performance.now();
    const moved = new Set(jobs);
    for (const queryKey of stale.values()) void queryClient.invalidateQueries({ queryKey });
    void queryClient.invalidateQueries({ predicate: (query) => showsAny(query, moved) });
    stale.clear();
    jobs.clear();
  };

  const hear = (message: LiveMessage) => {
    seq = message.type === "record" ? message.record.seq : (message.seq ?? seq);
    if (message.type === "record" && isGap(message.record)) return void queryClient.invalidateQueries();
    if (message.type === "record") {
      for (const key of staleKeys(message.record)) stale.set(key.join(" "), key);
      if (message.record.job_id) jobs.add(message.record.job_id);
      timer ??= setTimeout(flush, Math.max(GATHER_MS, last + PAUSE_MS - performance.now()));
      return;
    }
    live.set(message.state);
    if (message.state.kind === "waiting") void checkServer();
  };

  whenServerReturns(() => {
    void queryClient.invalidateQueries();
    reconnectLive();
  });
  channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = (event: MessageEvent<LiveMessage | Asking>) => {
    if (event.data.type === "state" || event.data.type === "record") hear(event.data);
  };
  hold(hear, () => seq);
  channel.postMessage({ type: "ask" } satisfies Asking);
}

/** Connects at once, instead of after the wait: somebody has signed in. */
export const reconnectLive = (): void => channel?.postMessage({ type: "retry" } satisfies Asking);

export const useLive = live.use;

/** Whether open jobs must be read again now and then, as no records come. */
export const useNeedsPolling = (): boolean => ["absent", "waiting"].includes(useLive().kind);

/** Sees to it that somebody holds the connection. A tab that takes it over goes on after what it heard: it misses nothing. */
function hold(hear: (message: LiveMessage) => void, heard: () => number | null): void {
  if (typeof SharedWorker !== "undefined") {
    new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "gitflow live" });
  } else if ("locks" in navigator) {
    void navigator.locks.request("gitflow.live", () => {
      holdConnection(hear, heard());
      return new Promise(() => undefined); // until the tab is closed; then the next tab has the lock
    });
  } else {
    follow(hear);
  }
}
