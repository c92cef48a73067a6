import { Link } from "@tanstack/react-router";
import { Sha } from "../../components/Copy";
import { StatusChip } from "../../components/Status";
import type { Column } from "../../components/table/columns";
import { Time } from "../../components/Time";
import { standing } from "../../lib/status";
import type { JobItem } from "../../queries/jobs";
import { DurationCell } from "./DurationCell";

/** The columns of the jobs list, from the left. `medians`: seconds, `names`: beside the keys; both by `workspace/task`. */
export const columnsOf = (medians: ReadonlyMap<string, number>, names: ReadonlyMap<string, string>): readonly Column<JobItem>[] => [
  { id: "status", head: "Status", width: "96px", cell: (job) => <StatusChip status={standing(job)} /> },
  { id: "task", head: "Task", width: "minmax(132px, 2fr)", cell: (job) => <TaskName job={job} name={names.get(`${job.workspace}/${job.task_name}`)} /> },
  { id: "by", head: "Started by", width: "minmax(96px, 1fr)", from: 760, cell: (job) => <Source job={job} /> },
  { id: "revision", head: "Commit", width: "minmax(120px, 1.6fr)", from: 980, cell: (job) => <Commit job={job} /> },
  { id: "started", head: "Started", width: "84px", cell: (job) => <Time at={job.started_at ?? job.created_at} /> },
  { id: "took", head: "Duration", width: "128px", from: 560, below: true, cell: (job) => <DurationCell job={job} median={medians.get(`${job.workspace}/${job.task_name}`)} /> },
  { id: "steps", head: "Steps", width: "64px", from: 660, below: true, cell: (job) => <Progress job={job} /> },
  { id: "error", head: "Error, or what it waits for", width: "minmax(140px, 2.4fr)", from: 880, below: true, cell: (job) => <Trouble job={job} /> },
];

function TaskName({ job, name }: { job: JobItem; name: string | undefined }) {
  return (
    <>
      <Link to="/jobs/$id" params={{ id: job.job_id }} tabIndex={-1} className="font-medium hover:underline" title={name ? `${name} (${job.task_name})` : job.task_name}>{name ?? job.task_name}</Link>
      <span className="text-muted"> {name && `${job.task_name} · `}{job.workspace}</span>
    </>
  );
}

function Source({ job }: { job: JobItem }) {
  const who = job.trigger_name ?? job.created_by ?? job.source_id;
  return (
    <span className="text-muted" title={[job.source_type, who].filter(Boolean).join(": ")}>
      {who ?? job.source_type}{who && who !== job.source_type && <span className="text-12"> · {job.source_type}</span>}
    </span>
  );
}

function Commit({ job }: { job: JobItem }) {
  return (
    <>
      <Sha revision={job.commit?.sha ?? job.revision} />
      {job.commit && <span className="text-muted" title={`${job.commit.subject} · ${job.commit.author}`}> {job.commit.subject}</span>}
    </>
  );
}

function Progress({ job }: { job: JobItem }) {
  const failed = job.steps_failed > 0 ? `, ${job.steps_failed} failed` : "";
  return (
    <span className={job.status === "completed" ? "text-muted" : ""} title={`${job.steps_ended} of ${job.steps_total} steps have ended${failed}`}>
      {job.steps_ended}/{job.steps_total}
    </span>
  );
}

function Trouble({ job }: { job: JobItem }) {
  if (job.error_message) return <span title={job.error_message}>{job.error_line ?? job.error_message}</span>;
  return job.waiting_on && <span className="text-muted">waits for {job.waiting_on}</span>;
}
