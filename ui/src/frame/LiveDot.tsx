/** Whether what is shown follows the server: live, read now and then, or cut off. */
import { classes } from "../lib/classes";
import { useSeconds } from "../lib/clock";
import { useLive } from "../queries/live/live";
import { useServer } from "../queries/server";

export function LiveDot() {
  const live = useLive();
  const server = useServer();
  const waitsUntil = !server.reachable ? server.retryAt : live.kind === "waiting" ? live.retryAt : null;
  const now = useSeconds(waitsUntil !== null);
  const isLive = server.reachable && live.kind === "live";
  const left = waitsUntil === null ? 0 : Math.max(0, Math.ceil((waitsUntil - now) / 1000));
  const text = waitsUntil !== null ? `reconnecting in ${left} s` : isLive ? "live" : live.kind === "absent" ? "open jobs: every 1.5 s" : "connecting";
  return (
    <span className="inline-flex items-center gap-1.5 text-12 text-muted" title={text}>
      <span aria-hidden className={classes("size-2 rounded-full", isLive ? "bg-good" : waitsUntil !== null ? "bg-waits" : "border border-muted")} />
      <span className="max-md:sr-only">{text}</span>
    </span>
  );
}
