/** How long a job took, over a ghost of what its task usually takes. */
import { Duration } from "../../components/Time";
import { useSeconds } from "../../lib/clock";
import { duration, elapsed } from "../../lib/time";
import type { JobItem } from "../../queries/jobs";
import { shares } from "./bars";

export function DurationCell({ job, median }: { job: JobItem; median: number | undefined }) {
  const isRunning = job.started_at !== null && job.completed_at === null;
  const now = useSeconds(isRunning && median !== undefined);
  const took = elapsed(job.started_at, job.completed_at, Math.max(now, Date.parse(job.started_at ?? job.created_at)));
  const usual = median === undefined ? null : median * 1000;
  const bar = shares(took, usual);
  return (
    <span className="flex items-center gap-2" title={usual === null ? undefined : `half of the jobs of this task take less than ${duration(usual)}`}>
      <span aria-hidden className="relative h-2.5 w-12 shrink-0">
        {bar && <span className="absolute inset-y-0 left-0 rounded-sm bg-hover" style={{ width: `${bar.usual}%` }} />}
        {bar && <span className="absolute top-[3px] left-0 h-1 rounded-sm bg-muted opacity-60" style={{ width: `${bar.took}%` }} />}
      </span>
      <span className="clip"><Duration from={job.started_at} to={job.completed_at} /></span>
    </span>
  );
}
