/** The open jobs, a lane for each task: how far each is, and when it should end. */
import { Link } from "@tanstack/react-router";
import { StatusGlyph } from "../../components/Status";
import { Duration } from "../../components/Time";
import { standing } from "../../lib/status";
import { useSeconds } from "../../lib/clock";
import { type JobItem, type TaskOverview, useTaskOverviews } from "../../queries/overview";
import { Band, ROW } from "./Band";
import { eta, lanesOf, share } from "./progress";

/** So many of each task, and so many tasks, are shown. */
const MAX_PER_TASK = 4;
const MAX_LANES = 12;

export function RunningBand({ workspace, open, hasMore }: { workspace: string | undefined; open: readonly JobItem[]; hasMore: boolean }) {
  const { data: tasks = [] } = useTaskOverviews({ workspace });
  const lanes = lanesOf(open);
  const isCut = hasMore || lanes.length > MAX_LANES || lanes.some((lane) => lane.jobs.length > MAX_PER_TASK);
  return (
    <Band title="Running" count={open.length} none="No job is open."
      aside={isCut && <Link to="/jobs" search={{ workspace, status: ["pending", "running", "paused"] }} className="text-accent underline">All open jobs</Link>}>
      <ul>
        {lanes.slice(0, MAX_LANES).flatMap(({ key, jobs }) =>
          jobs.slice(0, MAX_PER_TASK).map((job, index) => (
            <Row key={job.job_id} job={job} isFirst={index === 0} hidden={index === 0 ? jobs.length - MAX_PER_TASK : 0} task={tasks.find((task) => `${task.workspace}/${task.name}` === key)} />
          )),
        )}
      </ul>
    </Band>
  );
}

type RowProps = { job: JobItem; isFirst: boolean; hidden: number; task: TaskOverview | undefined };

function Row({ job, isFirst, hidden, task }: RowProps) {
  const isWaiting = job.waiting_on !== null;
  return (
    <li className={ROW}>
      <Link to="/jobs/$id" params={{ id: job.job_id }} className="grid min-h-(--row) grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-2 py-1 sm:grid-cols-[16px_minmax(140px,320px)_minmax(64px,1fr)_52px_88px_minmax(0,220px)]">
        <StatusGlyph status={standing(job)} />
        <span className="clip" title={job.task_name}>
          <span className={isFirst ? "font-medium" : "text-muted"}>{task?.title ?? job.task_name}</span>
          {hidden > 0 && <span className="text-12 text-muted"> and {hidden} more</span>}
        </span>
        <Bar ended={job.steps_ended} failed={job.steps_failed} of={job.steps_total} />
        <span className="text-right text-12 text-muted max-sm:hidden">{job.steps_ended}/{job.steps_total}<span className="sr-only"> steps ended</span></span>
        <span className="text-right"><Duration from={job.started_at ?? job.created_at} to={null} /></span>
        <span className="clip text-12 text-muted max-sm:hidden">{isWaiting ? `waits for ${job.waiting_on}` : <Left job={job} p50={task?.p50 ?? null} />}</span>
      </Link>
    </li>
  );
}

function Left({ job, p50 }: { job: JobItem; p50: number | null }) {
  const now = useSeconds(p50 !== null);
  return eta(job.started_at, p50, now);
}

function Bar({ ended, failed, of }: { ended: number; failed: number; of: number }) {
  return (
    <span aria-hidden className="flex h-1.5 overflow-hidden rounded-sm bg-hover max-sm:hidden">
      <span className="bg-bad" style={{ width: `${share(failed, of) * 100}%` }} />
      <span className="bg-live" style={{ width: `${share(ended - failed, of) * 100}%` }} />
    </span>
  );
}
