/** The band that says that the server is gone, how old what is shown is, and when it is asked again. */
import { Button } from "../components/Button";
import { useSeconds } from "../lib/clock";
import { duration } from "../lib/time";
import { retryNow, useServer } from "../queries/server";

export function Gone() {
  const server = useServer();
  const now = useSeconds(!server.reachable);
  if (server.reachable) return null;
  const left = Math.max(0, Math.ceil((server.retryAt - now) / 1000));
  return (
    <div className="flex flex-wrap items-center gap-3 border-b border-waits bg-panel px-4 py-1.5">
      <span role="status" className="font-medium">The server cannot be reached. What is shown was read before.</span>
      <span aria-hidden className="text-muted">{duration(Math.max(0, now - server.since))} old · next try in {left} s</span>
      <Button onClick={() => void retryNow()}>Try now</Button>
    </div>
  );
}
