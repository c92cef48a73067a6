/** What connects the holder of the connection with the tabs. */
import type { LiveMessage, LiveState } from "./socket";

export const CHANNEL = "gitflow.live";
export type Asking = { type: "ask" };

/** The channel as its holder uses it: publishes, and tells each tab that asks the state. */
export function openChannel(): (message: LiveMessage) => void {
  const channel = new BroadcastChannel(CHANNEL);
  let state: LiveState = { kind: "connecting" };
  channel.onmessage = (event: MessageEvent<Asking>) => {
    if (event.data.type === "ask") channel.postMessage({ type: "state", state } satisfies LiveMessage);
  };
  return (message) => {
    if (message.type === "state") state = message.state;
    channel.postMessage(message);
  };
}
