/** What connects the holder of the connection with the tabs. */
import { follow, type LiveMessage, type LiveState } from "./socket";

export const CHANNEL = "gitflow.live";

/** `ask`: what the state is; `retry`: connect now, as somebody has signed in. */
export type Asking = { type: "ask" | "retry" };

/**
 * Holds the connection for all tabs; `hear` is this tab's own ear, which its own channel does not reach. `after`: the
 * `seq` of the last record that this tab heard from the tab that held the connection before.
 */
export function holdConnection(hear?: (message: LiveMessage) => void, after: number | null = null): void {
  const channel = new BroadcastChannel(CHANNEL);
  let state: LiveState = { kind: "connecting" };
  let seq = after;
  const retry = follow((message) => {
    if (message.type === "state") state = message.state;
    else seq = message.record.seq;
    channel.postMessage(message);
    hear?.(message);
  }, after);
  channel.onmessage = (event: MessageEvent<Asking>) => {
    if (event.data.type === "ask") channel.postMessage({ type: "state", state, seq } satisfies LiveMessage);
    if (event.data.type === "retry") retry();
  };
}
