/** The last jobs of a task as a strip, the newest at the right: shape and colour say how each ended, a click opens it. */
import { Link } from "@tanstack/react-router";
import { duration } from "../lib/time";
import { lookOf } from "../lib/status";
import { StatusGlyph } from "./Status";

type Outcome = { job_id: string; status: string; duration: number | null };

/** `jobs`: the newest first, as the server tells them. */
export function Outcomes({ jobs, label }: { jobs: readonly Outcome[]; label: string }) {
  if (jobs.length === 0) return <span className="text-muted">never ran</span>;
  return (
    <span role="group" aria-label={label} className="flex flex-row-reverse justify-end">
      {jobs.map((job) => {
        const said = `${lookOf(job.status).word}${job.duration === null ? "" : `, ${duration(job.duration * 1000)}`}`;
        return (
          <Link key={job.job_id} to="/jobs/$id" params={{ id: job.job_id }} tabIndex={-1} preload={false} title={said} aria-label={said} className="rounded-sm px-px py-1 hover:bg-selected">
            <StatusGlyph status={job.status} size={12} label={false} />
          </Link>
        );
      })}
    </span>
  );
}
