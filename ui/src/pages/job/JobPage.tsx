/** One job: what it is, its steps, and the chosen step. */
import { useLocation, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ErrorState } from "../../components/ErrorState";
import { PageHead } from "../../components/PageHead";
import { EmptyState, Skeleton } from "../../components/States";
import { useKeys } from "../../lib/useKeys";
import { hasFailed } from "../../lib/status";
import { type JobDetail, useJob } from "../../queries/jobs";
import { JobHeader } from "./header/JobHeader";
import { hashToLines } from "./log/lines";
import type { JobSearch } from "./search";
import { StepPanel } from "./step/StepPanel";
import { StepList } from "./steps/StepList";
import { opensAt, opensOn } from "./summary";

export function JobPage() {
  const { id } = useParams({ from: "/jobs/$id" });
  const job = useJob(id);
  if (job.isPending) return <Skeleton />;
  if (job.isError && !job.data) {
    return <div className="px-4"><PageHead title="Job" /><ErrorState error={job.error} what={`The job ${id} could not be read`} onRetry={() => void job.refetch()} /></div>;
  }
  return <Job key={id} job={job.data} />;
}

function Job({ job }: { job: JobDetail }) {
  const search = useSearch({ from: "/jobs/$id" });
  const navigate = useNavigate();
  const marked = hashToLines(useLocation({ select: (location) => location.hash }));
  const change = (next: JobSearch) => void navigate({ to: "/jobs/$id", params: { id: job.job_id }, search: { ...search, ...next }, replace: true });
  const wanted = marked?.step ?? search.step;
  const chosen = job.steps.find((step) => step.step_name === wanted) ?? opensOn(job);
  const tab = search.tab ?? (chosen ? opensAt(chosen) : "log");
  const toFailed = (way: 1 | -1) => {
    const failed = job.steps.filter((step) => hasFailed(step.status));
    const at = failed.findIndex((step) => step === chosen);
    const next = failed.at(at < 0 ? 0 : (at + way) % failed.length);
    if (next) change({ step: next.step_name });
  };
  useKeys({
    n: () => toFailed(1),
    p: () => toFailed(-1),
    l: () => change({ tab: "log" }),
    w: () => change({ tab: "why" }),
    ...(tab !== "log" && { y: () => void navigator.clipboard.writeText(location.href) }), // the log adds its lines
  });
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <JobHeader job={job} chosen={chosen?.step_name} />
      <div className="flex min-h-0 flex-1 border-t border-line max-md:flex-col">
        <StepList job={job} chosen={chosen?.step_name} onChoose={(step) => change({ step })} />
        {chosen ? <StepPanel job={job} step={chosen} tab={tab} onTab={(tab) => change({ tab })} /> : <EmptyState title="This job has no steps." />}
      </div>
    </div>
  );
}
