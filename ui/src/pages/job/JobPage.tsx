/** One job: what it is, its steps, and the chosen step. */
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ErrorState } from "../../components/ErrorState";
import { PageHead } from "../../components/PageHead";
import { EmptyState, Skeleton } from "../../components/States";
import { useKeys } from "../../lib/useKeys";
import { hasFailed } from "../../lib/status";
import { type JobDetail, useJob } from "../../queries/jobs";
import { JobHeader } from "./JobHeader";
import type { JobSearch } from "./search";
import { StepList } from "./StepList";
import { StepPanel } from "./StepPanel";
import { opensOn } from "./summary";

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
  const change = (next: JobSearch) => void navigate({ to: "/jobs/$id", params: { id: job.job_id }, search: { ...search, ...next }, replace: true });
  const chosen = job.steps.find((step) => step.step_name === search.step) ?? opensOn(job);
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
    y: () => void navigator.clipboard.writeText(location.href),
  });
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <JobHeader job={job} />
      <div className="flex min-h-0 flex-1 border-t border-line max-md:flex-col">
        <StepList job={job} chosen={chosen?.step_name} onChoose={(step) => change({ step })} />
        {chosen ? <StepPanel key={chosen.step_name} job={job} step={chosen} tab={search.tab ?? "log"} onTab={(tab) => change({ tab })} /> : <EmptyState title="This job has no steps." />}
      </div>
    </div>
  );
}
