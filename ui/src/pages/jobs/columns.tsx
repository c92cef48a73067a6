import { Link } from "@tanstack/react-router";
import { Sha } from "../../components/Copy";
import { StatusChip } from "../../components/Status";
import type { Column } from "../../components/table/columns";
import { Duration, Time } from "../../components/Time";
import type { JobItem } from "../../queries/jobs";

/** The columns of the jobs list, from the left. */
export const COLUMNS: readonly Column<JobItem>[] = [
  { id: "status", head: "Status", width: "104px", cell: (job) => <StatusChip status={job.status} /> },
  { id: "task", head: "Task", width: "minmax(140px, 2fr)", cell: (job) => <TaskName job={job} /> },
  { id: "by", head: "Started by", width: "minmax(90px, 1fr)", from: 720, cell: (job) => <Source job={job} /> },
  { id: "revision", head: "Revision", width: "minmax(110px, 2fr)", from: 860, cell: (job) => <Revision job={job} /> },
  { id: "created", head: "Created", width: "92px", cell: (job) => <Time at={job.created_at} /> },
  { id: "took", head: "Duration", width: "92px", from: 560, cell: (job) => <Duration from={job.started_at} to={job.completed_at} /> },
];

function TaskName({ job }: { job: JobItem }) {
  return (
    <>
      <Link to="/jobs/$id" params={{ id: job.job_id }} tabIndex={-1} className="font-medium hover:underline" title={job.task_name}>{job.task_name}</Link>
      <span className="text-muted"> {job.workspace}</span>
    </>
  );
}

function Source({ job }: { job: JobItem }) {
  return (
    <span className="text-muted" title={job.source_id ?? undefined}>
      {job.source_type}{job.source_id && `: ${job.source_id}`}
    </span>
  );
}

function Revision({ job }: { job: JobItem }) {
  return (
    <>
      <Sha revision={job.revision} />
      {job.commit && <span className="text-muted" title={job.commit.subject}> {job.commit.subject}</span>}
    </>
  );
}
