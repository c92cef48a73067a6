/** What the job is, in a line, and the sentence that says how it stands. */
import { Link } from "@tanstack/react-router";
import { Id } from "../../../components/Copy";
import { StatusChip } from "../../../components/Status";
import { Duration, Time } from "../../../components/Time";
import { duration } from "../../../lib/time";
import { useTitle } from "../../../lib/tab";
import { standing } from "../../../lib/status";
import { useTaskName } from "../../../queries/overview";
import { useUsualDuration } from "../../../queries/jobContext";
import type { JobDetail } from "../../../queries/jobs";
import { CommitChip } from "./CommitChip";
import { JobActs } from "./JobActs";
import { Sentence } from "./Sentence";

type Props = { job: JobDetail; chosen: string | undefined };

export function JobHeader({ job, chosen }: Props) {
  const name = useTaskName(job.workspace, job.task_name).data;
  useTitle(name ?? job.task_name, standing(job));
  return (
    <header className="px-4 pt-3 pb-2">
      {/* The facts keep their width beside a title of any length; on a narrow screen they have a line of their own. */}
      <div className="flex items-start gap-x-3 gap-y-1 max-lg:flex-wrap">
        <div className="flex min-w-0 items-center gap-x-3 max-lg:flex-1 md:min-h-(--target)">
          <StatusChip status={standing(job)} />
          <h1 className="line-clamp-2 min-w-0 text-16 wrap-anywhere" title={job.task_name}><bdi>{name ?? job.task_name}</bdi>{name && <span className="text-13 font-normal text-muted"> {job.task_name}</span>}</h1>
        </div>
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 max-lg:order-last max-lg:basis-full md:min-h-(--target) lg:shrink-0 lg:grow lg:basis-112">
          <Id id={job.job_id} what="job id" />
          <CommitChip job={job} />
          <span className="text-muted wrap-anywhere">by {job.created_by ?? job.source_id ?? job.source_type}, <Time at={job.created_at} /></span>
          <Took job={job} />
        </div>
        <JobActs job={job} chosen={chosen} />
      </div>
      <Sentence job={job} chosen={chosen} />
      <Relatives job={job} />
    </header>
  );
}

function Took({ job }: { job: JobDetail }) {
  const usual = useUsualDuration(job);
  return (
    <span className="text-muted">
      {job.completed_at ? "took " : job.started_at && "for "}<span className="text-ink"><Duration from={job.started_at} to={job.completed_at} /></span>
      {usual !== null && <span title="The median of the jobs of this task that completed">, usually {duration(usual * 1000)}</span>}
    </span>
  );
}

function Relatives({ job }: { job: JobDetail }) {
  if (!job.parent_job_id && !job.retry_of_job_id) return null;
  return (
    <p className="text-12 text-muted">
      {job.parent_job_id && <>Started by <JobLink id={job.parent_job_id}>its parent job</JobLink>. </>}
      {job.retry_of_job_id && <>A retry of <JobLink id={job.retry_of_job_id}>an earlier job</JobLink>.</>}
    </p>
  );
}

const JobLink = ({ id, children }: { id: string; children: string }) => (
  <Link to="/jobs/$id" params={{ id }} className="text-accent underline">{children}</Link>
);
