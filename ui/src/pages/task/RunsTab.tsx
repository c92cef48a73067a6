/** How long the last jobs took, by revision; a bar opens its job. */
import { Link } from "@tanstack/react-router";
import { Sha } from "../../components/Copy";
import { ErrorState } from "../../components/ErrorState";
import { EmptyState, Skeleton } from "../../components/States";
import { lookOf } from "../../lib/status";
import { duration } from "../../lib/time";
import { type Stats, useTaskStats } from "../../queries/task";
import type { TaskDetail } from "../../queries/tasks";
import { type Bar, barsOf, changesOf } from "./chart";

const FILL: Record<string, string> = { good: "fill-good", bad: "fill-bad", live: "fill-live", waits: "fill-waits", idle: "fill-idle" };
const HEIGHT = 120;
const STEP = 12;
const time = (seconds: number | null) => (seconds === null ? "–" : duration(seconds * 1000));

export function RunsTab({ task }: { task: TaskDetail }) {
  const { data, error, refetch } = useTaskStats(task.workspace, task.name);
  if (error && !data) return <div className="px-4"><ErrorState error={error} what="The numbers could not be read" onRetry={() => void refetch()} /></div>;
  if (!data) return <Skeleton />;
  if (data.jobs === 0) return <EmptyState title="No job of this task has ended yet." command={`gitflow trigger ${task.name} -w ${task.workspace}`} />;
  const changes = changesOf(data.by_revision);
  return (
    <div className="min-h-0 flex-1 overflow-auto p-4">
      <p className="mb-3 text-muted">{data.jobs} {data.jobs === 1 ? "job" : "jobs"} · p50 {time(data.duration_seconds.p50)} · p95 {time(data.duration_seconds.p95)} · <Link to="/jobs" search={{ workspace: task.workspace, task: task.name }} className="text-accent underline">all jobs</Link></p>
      <Chart bars={barsOf(data.series, changes)} />
      <Revisions stats={data} changes={changes} />
    </div>
  );
}

/** A dashed line stands where the revision changed, with a mark on it where that changed how long the task takes. */
function Chart({ bars }: { bars: readonly Bar[] }) {
  return (
    <div tabIndex={0} role="group" aria-label="Durations of the last jobs, the newest at the right" className="mb-4 overflow-x-auto border-b border-line">
      <svg width={Math.max(bars.length * STEP, STEP)} height={HEIGHT + 4} className="block">
        {bars.map((bar, index) => {
          const said = `${lookOf(bar.status).word}, ${time(bar.seconds)}, at ${bar.revision.slice(0, 7)}${bar.change ? `, which made the task ${isSlower(bar.change) ? "slower" : "faster"}: p50 ${bar.change}` : ""}`;
          const height = Math.max(2, bar.height * HEIGHT);
          return (
            <Link key={bar.job_id} to="/jobs/$id" params={{ id: bar.job_id }} preload={false} aria-label={said}>
              <title>{said}</title>
              <rect x={index * STEP} y={0} width={STEP} height={HEIGHT + 4} className="fill-transparent hover:fill-hover" />
              {bar.isNewRevision && <line x1={index * STEP} x2={index * STEP} y1={0} y2={HEIGHT + 4} className="stroke-muted" strokeDasharray="2 3" />}
              {bar.change && <Mark x={index * STEP} isSlower={isSlower(bar.change)} />}
              <rect x={index * STEP + 2} y={HEIGHT + 4 - height} width={STEP - 4} height={height} className={FILL[bar.family]} />
              {bar.family === "bad" && <path d={`M${index * STEP + 3} ${HEIGHT - 8 - height}l6 6m0-6l-6 6`} className="stroke-bad" strokeWidth={1.5} />}
            </Link>
          );
        })}
      </svg>
    </div>
  );
}

const isSlower = (change: string) => change.startsWith("+");

/** Upwards and filled for slower, downwards and empty for faster. */
const Mark = ({ x, isSlower }: { x: number; isSlower: boolean }) => isSlower
  ? <path data-slower d={`M${x - 4} 9l4.5 -8l4.5 8z`} className="fill-waits" />
  : <path data-faster d={`M${x - 4} 2l4.5 7l4.5 -7z`} className="fill-surface stroke-good" strokeWidth={1.5} />;

function Revisions({ stats, changes }: { stats: Stats; changes: ReadonlyMap<string, string> }) {
  return (
    <table className="w-full text-left">
      <thead className="text-12 text-muted"><tr>{["Revision", "Jobs", "Failed", "p50", "Change"].map((head) => <th key={head} className="pr-4 font-normal">{head}</th>)}</tr></thead>
      <tbody>
        {stats.by_revision.map((each) => (
          <tr key={each.revision} className="border-t border-line">
            <td className="py-1 pr-4"><Sha revision={each.commit?.sha ?? each.revision} /> {each.commit?.subject}</td>
            <td className="pr-4">{each.jobs}</td>
            <td className="pr-4">{(each.by_status["failed"] ?? 0) + (each.by_status["timed_out"] ?? 0)}</td>
            <td className="pr-4">{time(each.duration_seconds.p50)}</td>
            <td className="pr-4 font-medium">{changes.get(each.revision) ?? "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
