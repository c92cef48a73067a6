/** When schedules fire in the next seven days, in the viewer's zone; many fires of one trigger are one line. */
import { useState } from "react";
import { ErrorState } from "../../components/ErrorState";
import { Skeleton } from "../../components/States";
import { useFires } from "../../queries/triggers";
import { dayStarts, daysOf, groupsOf, type Group } from "./fires";

const clock = (at: string) => new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });

export function Week({ shown, onOpen }: { shown: ReadonlySet<string>; onOpen: (id: string) => void }) {
  const [starts] = useState(() => dayStarts(Date.now()));
  const [until] = useState(() => new Date(starts.at(-1) ?? 0).toISOString());
  const fires = useFires(until);
  if (fires.isPending) return <Skeleton />;
  if (!fires.data) return <div className="px-4"><ErrorState error={fires.error} what="The fires could not be read" onRetry={() => void fires.refetch()} /></div>;
  const days = daysOf(fires.data.filter((fire) => shown.has(`${fire.workspace}/${fire.trigger_name}`)), starts);
  return (
    <ol tabIndex={0} aria-label="The next seven days" className="grid min-h-0 flex-1 content-start gap-2 overflow-y-auto px-4 pb-4 md:grid-cols-4 rail:grid-cols-7">
      {days.map((day) => (
        <li key={day.start} className="min-w-0 rounded-md border border-line p-2">
          <h2 className="mb-1 text-12 text-muted">{new Date(day.start).toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short" })}</h2>
          {day.fires.length === 0 && <p className="text-12 text-muted">Nothing fires.</p>}
          <ul className="flex flex-col gap-1">{groupsOf(day).map((group) => <li key={`${group.workspace}/${group.trigger}`}><Fires group={group} onOpen={onOpen} /></li>)}</ul>
        </li>
      ))}
    </ol>
  );
}

function Fires({ group, onOpen }: { group: Group; onOpen: (id: string) => void }) {
  const { times, trigger, workspace, task } = group;
  const first = times[0] ?? "";
  return (
    <button type="button" title={`${workspace}: ${trigger} starts ${task}`} onClick={() => onOpen(`${workspace}/${trigger}`)} className="w-full rounded-sm bg-panel px-2 py-1 text-left text-12 hover:bg-hover">
      <span className="block clip font-medium">{trigger}</span>
      <span className="text-muted">{times.length === 1 ? clock(first) : `${clock(first)} – ${clock(times.at(-1) ?? first)}, ${times.length} times`}</span>
    </button>
  );
}
