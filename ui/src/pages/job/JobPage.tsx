/** One job: what it is, its steps, and the chosen step. */
import { useLocation, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { ErrorState } from "../../components/ErrorState";
import { PageHead } from "../../components/PageHead";
import { EmptyState, Skeleton } from "../../components/States";
import { classes } from "../../lib/classes";
import { useKeys } from "../../lib/useKeys";
import { hasFailed } from "../../lib/status";
import { type JobDetail, useJob, useMoreSteps } from "../../queries/jobs";
import { JobHeader } from "./header/JobHeader";
import { hashToLines } from "./log/lines";
import type { JobSearch } from "./search";
import { StepPanel } from "./step/StepPanel";
import { StepList } from "./steps/StepList";
import { StepCount } from "./steps/StepCount";
import { ViewSwitch } from "./Views";
import { opensAt, opensOn } from "./summary";

const GraphView = lazy(() => import("./graph/GraphView").then((module) => ({ default: module.GraphView })));

export function JobPage() {
  const { id } = useParams({ from: "/jobs/$id" });
  const job = useJob(id);
  if (job.isPending) return <Skeleton />;
  if (job.isError && !job.data) {
    return <div className="px-4"><PageHead title="Job" /><ErrorState error={job.error} what={`The job ${id} could not be read`} onRetry={() => void job.refetch()} /></div>;
  }
  return <Job key={id} job={job.data} />;
}

function Job({ job: detail }: { job: JobDetail }) {
  const { steps, isWhole, more } = useMoreSteps(detail);
  const job = useMemo(() => {
    const known = { ...detail, steps };
    if (isWhole) delete known.steps_next;
    return known;
  }, [detail, steps, isWhole]);
  const search = useSearch({ from: "/jobs/$id" });
  const navigate = useNavigate();
  const marked = hashToLines(useLocation({ select: (location) => location.hash }));
  const change = (next: JobSearch) => void navigate({ to: "/jobs/$id", params: { id: job.job_id }, search: { ...search, ...next }, replace: true });
  const wanted = marked?.step ?? search.step;
  const chosen = job.steps.find((step) => step.step_name === wanted) ?? opensOn(job);
  const tab = search.tab ?? (chosen ? opensAt(chosen) : "log");
  const view = search.view ?? "timeline";
  const choose = (step: string) => change({ step });
  const toFailed = (way: 1 | -1) => {
    const failed = job.steps.filter((step) => hasFailed(step.status));
    const at = failed.findIndex((step) => step === chosen);
    const next = failed.at(at < 0 ? 0 : (at + way) % failed.length);
    if (next) change({ step: next.step_name });
  };
  useKeys({
    n: () => toFailed(1),
    p: () => toFailed(-1),
    g: () => change({ view: "graph" }),
    t: () => change({ view: "timeline" }),
    h: () => change({ view: "history" }),
    l: () => change({ tab: "log" }),
    w: () => change({ tab: "why" }),
    ...(tab !== "log" && { y: () => void navigator.clipboard.writeText(location.href) }), // the log adds its lines
  });
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <JobHeader job={job} chosen={chosen?.step_name} />
      <div className="flex min-h-0 flex-1 border-t border-line max-md:flex-col">
        <section aria-label="Steps" className={classes("flex shrink-0 flex-col border-line max-md:h-72 max-md:w-full max-md:border-b md:min-w-72 md:border-r", view === "timeline" ? "md:w-[44%] md:max-w-[640px]" : "md:w-[52%]")}>
          <div className="flex items-center gap-3 px-4 py-1">
            <StepCount job={job} />
            <ViewSwitch view={view} onView={(next) => change({ view: next })} />
          </div>
          {view === "timeline" && <StepList job={job} chosen={chosen?.step_name} onChoose={choose} onEnd={more} />}
          <Suspense fallback={<Skeleton />}>
            {view === "graph" && <GraphView job={job} chosen={chosen?.step_name} onChoose={choose} />}
          </Suspense>
        </section>
        {chosen ? <StepPanel job={job} step={chosen} tab={tab} onTab={(tab) => change({ tab })} onStep={choose} /> : <EmptyState title="This job has no steps." />}
      </div>
    </div>
  );
}
