/** Instead of a job that cannot be read: why, and which of the last jobs may be meant. */
import { Link } from "@tanstack/react-router";
import { ApiError } from "../../api/problem";
import { ErrorState } from "../../components/ErrorState";
import { NearNames } from "../../components/NearNames";
import { PageHead } from "../../components/PageHead";
import { meantJobs } from "../../lib/near";
import { useJobs } from "../../queries/jobs";

export function NoJob({ id, error, onRetry }: { id: string; error: Error; onRetry: () => void }) {
  const isUnknown = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <>
      <PageHead title="Job" />
      <div className="px-4">
        <ErrorState error={error} what={`The job ${id} could not be read`} onRetry={onRetry}>{isUnknown && <Meant id={id} />}</ErrorState>
        <Link to="/jobs" className="text-accent underline">All jobs</Link>
      </div>
    </>
  );
}

function Meant({ id }: { id: string }) {
  const jobs = useJobs({}).data?.pages[0]?.items ?? [];
  const names = new Map(meantJobs(id, jobs.map((job) => job.job_id)).map((found) => [found, jobs.find((job) => job.job_id === found)?.task_name]));
  return (
    <NearNames wanted={id} names={[...names.keys()]} among={[...names.keys()]}
      linkTo={(found) => <><Link to="/jobs/$id" params={{ id: found }} className="font-mono text-12 text-accent underline">{found}</Link> <span className="text-muted">{names.get(found)}</span></>} />
  );
}
