/** Two lines: what the job is, and the sentence that says how it stands. */
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { Id, Sha } from "../../components/Copy";
import { StatusChip } from "../../components/Status";
import { Duration, Time } from "../../components/Time";
import { useToast } from "../../components/Toast";
import { hasEnded } from "../../lib/status";
import { type JobDetail, useCancelJob } from "../../queries/jobs";
import { sentence } from "./summary";

export function JobHeader({ job }: { job: JobDetail }) {
  return (
    <header className="px-4 pt-3 pb-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <StatusChip status={job.status} />
        <h1 className="min-w-0 text-16 break-words">{job.task_name}</h1>
        <Id id={job.job_id} what="job id" />
        <span className="clip inline-flex max-w-full items-center gap-1">
          <Sha revision={job.revision} />
          {job.commit && <span className="clip max-w-64 text-muted" title={`${job.commit.subject} · ${job.commit.author}`}>{job.commit.subject} · {job.commit.author}</span>}
        </span>
        <span className="text-muted">
          {job.source_id ?? job.source_type} · <Time at={job.created_at} /> · <Duration from={job.started_at} to={job.completed_at} />
        </span>
        <span className="ml-auto flex gap-2"><Acts job={job} /></span>
      </div>
      <p className="mt-1 max-w-[100ch] break-words" aria-live="polite">{sentence(job)}</p>
      {job.parent_job_id && (
        <p className="text-12 text-muted">Started by <Link to="/jobs/$id" params={{ id: job.parent_job_id }} className="text-accent underline">its parent job</Link></p>
      )}
    </header>
  );
}

function Acts({ job }: { job: JobDetail }) {
  const [asks, setAsks] = useState(false);
  const toast = useToast();
  const navigate = useNavigate();
  const cancel = useCancelJob(job.job_id);
  if (hasEnded(job.status)) {
    return <Button onClick={() => void navigate({ to: ".", search: (now: object) => ({ ...now, run: `${job.workspace}/${job.task_name}` }) })}>Run again…</Button>;
  }
  return (
    <>
      <Button look="danger" onClick={() => setAsks(true)}>Cancel job</Button>
      <Confirm open={asks} onClose={() => setAsks(false)} act="Cancel job" danger
        effect="Running steps are ended, and the steps after them do not start. A cancelled job can be retried."
        isPending={cancel.isPending} error={cancel.error}
        onSend={(reason) => cancel.mutate(reason, { onSuccess: () => { setAsks(false); toast("The job is being cancelled."); } })} />
    </>
  );
}
