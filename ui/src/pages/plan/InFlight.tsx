/** Jobs that have not ended: they keep the revision that they began with. */
import { Link } from "@tanstack/react-router";
import { Sha } from "../../components/Copy";
import { StatusChip } from "../../components/Status";
import { counted } from "../../lib/counted";
import { useJobs } from "../../queries/jobs";
import { Section } from "./Section";

const MOST = 20;

export function InFlight({ workspace }: { workspace: string }) {
  const found = useJobs({ workspace, status: ["pending", "running", "paused"] });
  const jobs = found.data?.pages[0]?.items ?? [];
  if (jobs.length === 0) return null;
  return (
    <Section title={`${counted(jobs.length, "job")}${found.hasNextPage ? " or more" : ""} in flight keep their revision`}>
      <ul className="rounded-md border border-line">
        {jobs.slice(0, MOST).map((job) => (
          <li key={job.job_id} className="flex flex-wrap items-center gap-x-3 border-b border-line px-3 py-1 last:border-0">
            <StatusChip status={job.status} />
            <Link to="/jobs/$id" params={{ id: job.job_id }} className="min-w-0 break-all text-accent underline">{job.task_name}</Link>
            <Sha revision={job.commit?.sha ?? job.revision} />
          </li>
        ))}
      </ul>
      {jobs.length > MOST && <Link to="/jobs" search={{ workspace, status: ["pending", "running", "paused"] }} className="text-accent underline">All of them</Link>}
    </Section>
  );
}
