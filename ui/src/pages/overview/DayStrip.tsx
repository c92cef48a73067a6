/** The last 24 hours: how many jobs began in each, by how they stand; a click lists them. */
import { Link } from "@tanstack/react-router";
import { StatusGlyph } from "../../components/Status";
import { useNow } from "../../lib/clock";
import { lookOf } from "../../lib/status";
import { clockTime } from "../../lib/time";
import { hourAway, useCounts, useJobsSince } from "../../queries/overview";
import { type Hour, HOURS, hoursOf, total } from "./day";

const PARTS = [
  { part: "bad", look: "bg-bad", word: "failed" },
  { part: "good", look: "bg-good/60", word: "completed" },
  { part: "other", look: "bg-idle/50", word: "cancelled" },
  { part: "open", look: "hatched text-live bg-live/20", word: "open" },
] as const;

export function DayStrip({ workspace }: { workspace: string | undefined }) {
  const now = useNow();
  const since = hourAway(1 - HOURS, now);
  const counts = useCounts(since, workspace);
  const { data } = useJobsSince(since, workspace);
  const hours = hoursOf(data?.jobs ?? [], now);
  const most = Math.max(1, ...hours.map(total));
  if (data?.jobs.length === 0) return <p className="px-4 text-muted">No job began in the last 24 hours.</p>;
  return (
    <section aria-label="The last 24 hours" className="px-4">
      <div className="flex h-14 items-end gap-px border-b border-line" role="img" aria-label="Jobs that began in each of the last 24 hours">
        {hours.map((hour) => <Bar key={hour.from} hour={hour} most={most} />)}
      </div>
      <div className="flex flex-wrap justify-between gap-x-4 pt-1 text-12 text-muted">
        <span>{clockTime(since)}</span>
        <ul className="flex flex-wrap gap-x-3 max-sm:order-last max-sm:basis-full sm:justify-center">
          {(counts.data ?? []).filter((each) => each.jobs > 0 && each.status).map(({ status = "pending", jobs }) => (
            <li key={status}><Link to="/jobs" search={{ workspace, status: [status] }} className="inline-flex items-center gap-1 hover:text-ink hover:underline"><StatusGlyph status={status} size={11} label={false} />{jobs} {lookOf(status).word.toLowerCase()}</Link></li>
          ))}
          {data?.more && <li>The bars show the last {data.jobs.length} jobs.</li>}
        </ul>
        <span>now</span>
      </div>
    </section>
  );
}

function Bar({ hour, most }: { hour: Hour; most: number }) {
  const said = PARTS.filter(({ part }) => hour[part] > 0).map(({ part, word }) => `${hour[part]} ${word}`).join(", ");
  return (
    <span className="flex h-full flex-1 flex-col-reverse" title={`${clockTime(hour.from)}: ${said || "no job"}`}>
      {PARTS.map(({ part, look }) => hour[part] > 0 && <span key={part} className={look} style={{ height: `${(hour[part] / most) * 100}%`, minHeight: 2 }} />)}
    </span>
  );
}
