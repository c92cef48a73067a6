/** One WebSocket to `/api/events`, which reconnects and resumes after the last record it got. */
import type { LiveRecord } from "./records";

export type LiveState =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "waiting"; retryAt: number }
  | { kind: "absent" }; // this server has no such stream

/** `seq`: of the last record before, for a tab that was opened after it. */
export type LiveMessage = { type: "state"; state: LiveState; seq?: number | null } | { type: "record"; record: LiveRecord };

const PATH = "/api/events";
const MIN_DELAY_MS = 1000;
const MAX_DELAY_MS = 30_000;
const ABSENT = new Set([404, 405, 501]);

/** Begins after the record `since`. Returns a function that ends a wait, for when a caller has signed in. */
export function follow(publish: (message: LiveMessage) => void, since: number | null = null): () => void {
  let delay = MIN_DELAY_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const say = (state: LiveState) => publish({ type: "state", state });

  async function connect(): Promise<void> {
    timer = undefined;
    say({ kind: "connecting" });
    const status = await probe();
    if (ABSENT.has(status)) return say({ kind: "absent" });
    if (status !== 200) return again();
    const query = since === null ? "" : `?since=${since}`;
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${PATH}${query}`);
    socket.onopen = () => {
      delay = MIN_DELAY_MS;
      say({ kind: "live" });
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      for (const line of event.data.split("\n").filter(Boolean)) {
        const record = JSON.parse(line) as LiveRecord;
        since = record.seq;
        publish({ type: "record", record });
      }
    };
    socket.onclose = again;
  }

  function again(): void {
    say({ kind: "waiting", retryAt: Date.now() + delay });
    timer = setTimeout(() => void connect(), delay);
    delay = Math.min(delay * 2, MAX_DELAY_MS);
  }

  void connect();
  return () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    delay = MIN_DELAY_MS;
    void connect();
  };
}

/** The status that the server answers with; 0 if it cannot be reached. A WebSocket does not say it. */
async function probe(): Promise<number> {
  try {
    return (await fetch(`${PATH}?limit=1`)).status;
  } catch {
    return 0;
  }
}
