/** The columns of the list of tasks, from the left. */
import { Link } from "@tanstack/react-router";
import { Play, Star } from "lucide-react";
import { Outcomes } from "../../components/Outcomes";
import { StatusGlyph } from "../../components/Status";
import type { Column } from "../../components/table/columns";
import { Time } from "../../components/Time";
import { shortRevision } from "../../lib/ids";
import { hasEnded } from "../../lib/status";
import { toggleStar, useStars } from "../../lib/stars";
import { withoutCodes } from "../../lib/plainText";
import { duration } from "../../lib/time";
import type { TaskOverview } from "../../queries/overview";
import { keyOf } from "./folders";

export const COLUMNS: readonly Column<TaskOverview>[] = [
  { id: "star", head: "★", width: "28px", isSign: true, cell: (task) => <StarButton task={task} /> },
  { id: "task", head: "Task", width: "minmax(150px, 3fr)", cell: (task) => <Name task={task} /> },
  { id: "jobs", head: "Last 20 jobs", width: "284px", from: 760, below: true, cell: (task) => <Outcomes jobs={task.last_jobs} label={`Last jobs of ${task.name}`} /> },
  { id: "took", head: "p50 / p95", width: "120px", from: 900, cell: (task) => <Percentiles task={task} /> },
  { id: "next", head: "Next fire", width: "92px", from: 620, cell: (task) => <Time at={task.next_run} /> },
  { id: "triggers", head: "Triggers", width: "92px", from: 1180, cell: (task) => <span className="text-muted">{[...new Set(task.trigger_types)].join(", ") || "–"}</span> },
  { id: "changed", head: "Last changed by", width: "minmax(120px, 1fr)", from: 1000, cell: (task) => <Changed task={task} /> },
  { id: "run", head: "Run", width: "64px", cell: (task) => <Run task={task} /> },
];

function StarButton({ task }: { task: TaskOverview }) {
  const isOn = useStars().has(keyOf(task));
  return (
    <button type="button" tabIndex={-1} aria-pressed={isOn} aria-label={`Star ${task.name}`} onClick={() => toggleStar(keyOf(task))} className="inline-flex min-h-[24px] min-w-[24px] items-center justify-center rounded-sm text-muted hover:text-ink">
      <Star size={14} aria-hidden className={isOn ? "fill-current text-ink" : ""} />
    </button>
  );
}

function Name({ task }: { task: TaskOverview }) {
  const { workspace, name, title, description, labels = {} } = task;
  const owner = labels["owner"];
  const last = task.last_jobs.find((job) => hasEnded(job.status)) ?? task.last_jobs[0];
  return (
    <>
      <span className="mr-2 inline-flex w-3.5 align-middle">{last && <StatusGlyph status={last.status} />}</span>
      <Link to="/tasks/$workspace/$task" params={{ workspace, task: name }} tabIndex={-1} className="font-medium hover:underline" title={name}>{title ?? name}</Link>
      <span className="text-muted" title={description}> {workspace}{owner && <> · <bdi>{owner}</bdi></>}{description && <> · <bdi>{withoutCodes(description)}</bdi></>}</span>
    </>
  );
}

function Percentiles({ task: { p50, p95 } }: { task: TaskOverview }) {
  if (p50 === null) return <span className="text-muted">–</span>;
  return <>{duration(p50 * 1000)} <span className="text-muted">/ {p95 === null ? "–" : duration(p95 * 1000)}</span></>;
}

function Changed({ task: { changed_by: commit } }: { task: TaskOverview }) {
  if (!commit) return <span className="text-muted">–</span>;
  return <span className="text-muted" title={`${commit.subject} · ${commit.author}`}><span className="font-mono text-12">{shortRevision(commit.revision)}</span> <bdi>{commit.subject}</bdi> · <Time at={commit.at} /></span>;
}

function Run({ task: { workspace, name } }: { task: TaskOverview }) {
  return (
    <Link to="." search={(now) => ({ ...now, run: `${workspace}/${name}` })} tabIndex={-1} title={`Run ${name}, or see what would run`}
      className="inline-flex min-h-[24px] items-center gap-1 rounded-md border border-line px-2 text-12 hover:bg-selected">
      <Play size={11} aria-hidden />Run<span className="sr-only"> {name}</span>
    </Link>
  );
}
