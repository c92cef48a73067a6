/** When a schedule fires next, in the viewer's zone; where the clocks of its own zone are set in between, it is said. */
import { absolute, clockChanges, timeIn } from "../lib/time";

export function NextRuns({ times, zone }: { times: readonly string[]; zone: string }) {
  const changes = clockChanges(times, zone);
  return (
    <ol aria-label="Fires next">
      {times.map((at, index) => (
        <li key={at}><time dateTime={at} title={timeIn(zone, at)}>{absolute(at)}</time>{changes[index] && <span className="font-medium text-waits"> {changes[index]}</span>}</li>
      ))}
    </ol>
  );
}
