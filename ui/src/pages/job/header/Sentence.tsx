import { Link } from "@tanstack/react-router";
import { Time } from "../../../components/Time";
import { shortRevision } from "../../../lib/ids";
import { hasFailed } from "../../../lib/status";
import { useLastGood } from "../../../queries/jobContext";
import { useVersions } from "../../../queries/task";
import { type JobDetail, useExplanation } from "../../../queries/jobs";
import { askedStep } from "../askedStep";
import { Plain } from "../Plain";
import { sentence } from "../summary";
import { changedSinceGood, MOST_VERSIONS } from "./commits";

/** How the job stands, in the words of the server; of a failed one also when it last went well, and what changed since. */
export function Sentence({ job, chosen }: { job: JobDetail; chosen: string | undefined }) {
  const { data: told } = useExplanation(job, askedStep(job, chosen));
  return (
    // What it says is read out when it changes; a failure at once.
    <p className="mt-1 max-w-[110ch] line-clamp-5 wrap-anywhere" aria-live={hasFailed(job.status) ? "assertive" : "polite"}>
      {told ? <Plain text={told.summary} /> : sentence(job)}
      {hasFailed(job.status) && <LastGood job={job} />}
    </p>
  );
}

function LastGood({ job }: { job: JobDetail }) {
  const { data: good } = useLastGood(job);
  const { data: versions } = useVersions(job.workspace, job.task_name, MOST_VERSIONS, Boolean(good && good.revision !== job.revision && good.commit && job.commit));
  if (good === undefined) return null;
  if (good === null) return <span className="text-muted"> No job of this task completed before.</span>;
  const changed = changedSinceGood(job, good, versions);
  return (
    <span className="text-muted">
      {" "}Last good run: <Link to="/jobs/$id" params={{ id: good.job_id }} className="text-accent underline"><Time at={good.completed_at} /></Link>
      {changed === "the same revision" ? " at the same revision" : <> at <span className="font-mono text-12">{shortRevision(good.commit?.sha ?? good.revision)}</span></>}
      {changed && changed !== "the same revision" && `; ${changed}`}.{" "}
      <Link to="/jobs/$id" params={{ id: job.job_id }} search={(now: object) => ({ ...now, compare: good.job_id })} className="text-accent underline">Compare</Link>
    </span>
  );
}
