/** What fires in the next twelve hours, in the zone of the viewer: a lane for each trigger. */
import { Link } from "@tanstack/react-router";
import { Time } from "../../components/Time";
import { useNow } from "../../lib/clock";
import { clockTime } from "../../lib/time";
import { hourAway, useFires } from "../../queries/overview";
import { Band, ROW } from "./Band";
import { type Lane, lanesOf, place } from "./fires";

export const NEXT_HOURS = 12;
const HOUR_MS = 3_600_000;
const GRID = "grid items-center gap-x-2 grid-cols-[72px_minmax(0,1fr)_auto] sm:grid-cols-[72px_minmax(140px,264px)_minmax(0,1fr)_52px]";

export function NextBand({ workspace }: { workspace: string | undefined }) {
  const now = useNow();
  const { data = [] } = useFires(hourAway(NEXT_HOURS + 1, now), workspace);
  const until = now + NEXT_HOURS * HOUR_MS;
  const lanes = lanesOf(data.filter((fire) => Date.parse(fire.at) > now && Date.parse(fire.at) <= until));
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Band title="Next" count={lanes.length} none="Nothing fires in the next 12 hours." aside={`12 hours, in ${zone}`}>
      <div aria-hidden className={`${GRID} h-5 max-sm:hidden`}>
        <span className="col-start-3"><Axis from={now} until={until} /></span>
      </div>
      <ul>{lanes.map((lane) => <Row key={lane.key} lane={lane} from={now} until={until} />)}</ul>
    </Band>
  );
}

/** Every third hour. */
function Axis({ from, until }: { from: number; until: number }) {
  const first = Math.ceil(from / HOUR_MS) * HOUR_MS;
  const hours = Array.from({ length: NEXT_HOURS }, (_, index) => first + index * HOUR_MS).filter((at) => new Date(at).getHours() % 3 === 0);
  return (
    <span className="relative block h-5">
      {hours.map((at) => (
        <span key={at} className="absolute -translate-x-1/2 text-12 text-muted" style={{ left: `${((at - from) / (until - from)) * 100}%` }}>{clockTime(at)}</span>
      ))}
    </span>
  );
}

function Row({ lane, from, until }: { lane: Lane; from: number; until: number }) {
  const [next] = lane.times;
  return (
    <li className={ROW}>
      <Link to="/tasks/$workspace/$task" params={{ workspace: lane.workspace, task: lane.task }} search={{ tab: "triggers" }} className={`${GRID} min-h-(--row)`}>
        <span className="font-medium whitespace-nowrap">{next && clockTime(next)}</span>
        <span className="clip" title={`${lane.task}: ${lane.trigger}`}>{lane.task} <span className="text-muted">{lane.trigger}</span></span>
        <span aria-hidden className="relative h-4 border-b border-line max-sm:hidden">
          {lane.times.map((at) => <span key={at} className="absolute bottom-0 h-2.5 w-0.5 -translate-x-1/2 bg-accent" style={{ left: `${place(at, from, until)}%` }} />)}
        </span>
        <span className="text-right text-12 text-muted">{lane.times.length > 1 ? <>{lane.times.length} ×<span className="sr-only"> in 12 hours</span></> : <Time at={next} />}</span>
      </Link>
    </li>
  );
}
