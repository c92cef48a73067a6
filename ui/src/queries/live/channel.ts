/** What connects the holder of the connection with the tabs. */
import { follow, type LiveMessage, type LiveState } from "./socket";

export const CHANNEL = "gitflow.live";

/** `ask`: what the state is; `retry`: connect now, as somebody has signed in. */
export type Asking = { type: "ask" | "retry" };

/** Holds the connection for all tabs; `hear` is this tab's own ear, which its own channel does not reach. */
export function holdConnection(hear?: (message: LiveMessage) => void): void {
  const channel = new BroadcastChannel(CHANNEL);
  let state: LiveState = { kind: "connecting" };
  const retry = follow((message) => {
    if (message.type === "state") state = message.state;
    channel.postMessage(message);
    hear?.(message);
  });
  channel.onmessage = (event: MessageEvent<Asking>) => {
    if (event.data.type === "ask") channel.postMessage({ type: "state", state } satisfies LiveMessage);
    if (event.data.type === "retry") retry();
  };
}
