/** One job: what it is, its steps, and the chosen step. */
import { useLocation, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Suspense, useCallback, useMemo } from "react";
import { lazily } from "../../lib/lazily";
import { ErrorState } from "../../components/ErrorState";
import { NoJob } from "./NoJob";
import { EmptyState, Skeleton } from "../../components/States";
import { classes } from "../../lib/classes";
import { useKeys } from "../../lib/useKeys";
import { hasFailed } from "../../lib/status";
import { type JobDetail, useJob, useMoreSteps } from "../../queries/jobs";
import { Compare } from "./compare/Compare";
import { useGraph } from "../../queries/graph";
import { type HistoryEntry, useHistory } from "../../queries/history";
import { JobHeader } from "./header/JobHeader";
import { HistoryView } from "./history/HistoryView";
import { jobAt } from "./history/replay";
import { Scrubber } from "./history/Scrubber";
import { hashToLines } from "./log/lines";
import { type JobSearch, partIn, WHOLE } from "./search";
import { StepPanel } from "./step/StepPanel";
import { StepList } from "./steps/StepList";
import { StepCount } from "./steps/StepCount";
import { ViewSwitch } from "./Views";
import { opensAt, opensOn } from "./summary";

const GraphView = lazily(() => import("./GraphView"), "GraphView");

const NO_ENTRIES: HistoryEntry[] = [];

export function JobPage() {
  const { id } = useParams({ from: "/jobs/$id" });
  const job = useJob(id);
  if (job.isPending) return <Skeleton />;
  if (job.isError && !job.data) {
    return <NoJob id={id} error={job.error} onRetry={() => void job.refetch()} />;
  }
  return <Job key={id} job={job.data} />;
}

function Job({ job: detail }: { job: JobDetail }) {
  const { steps, isWhole, more } = useMoreSteps(detail);
  const now = useMemo(() => {
    const known = { ...detail, steps };
    if (isWhole) delete known.steps_next;
    return known;
  }, [detail, steps, isWhole]);
  const search = useSearch({ from: "/jobs/$id" });
  const navigate = useNavigate();
  const marked = hashToLines(useLocation({ select: (location) => location.hash }));
  const view = search.view ?? "timeline";
  const at = search.at === undefined ? null : Number(search.at);
  const isOfHistory = view === "history" || at !== null;
  const history = useHistory(detail.job_id, isOfHistory);
  const entries = history.data ?? NO_ENTRIES;
  useGraph(detail, view === "graph"); // read while the code of the picture is loaded
  const job = useMemo(() => (at === null || entries.length === 0 ? now : jobAt(now, entries, at)), [now, entries, at]);
  const change = (next: JobSearch) => void navigate({ to: "/jobs/$id", params: { id: job.job_id }, search: { ...search, ...next }, replace: true });
  const until = at === null ? undefined : entries.findLast((entry) => entry.seq <= at)?.at;
  const wanted = marked?.step ?? search.step;
  const chosen = job.steps.find((step) => step.step_name === wanted) ?? opensOn(job);
  const tab = search.tab ?? (chosen ? opensAt(chosen) : "log");
  const goTo = useCallback(
    (seq: number | null, step?: string) =>
      void navigate({ to: ".", search: (before: object) => ({ ...before, at: seq === null ? undefined : String(seq), ...(step && { step }) }), ...(step === undefined && { hash: true as const }), replace: true }),
    [navigate],
  );
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
    <div className="flex min-h-0 flex-1 flex-col max-md:overflow-y-auto">
      <JobHeader job={now} chosen={chosen?.step_name} />
      <div className="flex min-h-0 flex-1 border-t border-line max-md:flex-none max-md:flex-col">
        <section aria-label="Steps" className={classes("flex shrink-0 flex-col border-line max-md:w-full max-md:border-b md:min-w-72 md:border-r", view === "timeline" ? "max-md:max-h-52 md:w-[44%] md:max-w-[640px]" : "max-md:h-64 md:w-[52%]")}>
          <div className="flex items-center gap-3 px-4 py-1">
            <StepCount job={job} />
            <ViewSwitch view={view} onView={(next) => change({ view: next })} />
          </div>
          {isOfHistory && entries.length > 0 && <Scrubber entries={entries} at={at} onAt={goTo} />}
          {view === "history" && history.isPending && <Skeleton />}
          {view === "history" && history.error && !history.data && <div className="px-4"><ErrorState error={history.error} what="The history could not be read" /></div>}
          {view === "history" && entries.length > 0 && <HistoryView entries={entries} at={at} onAt={goTo} />}
          {view === "timeline" && <StepList job={job} part={partIn(search.span) ?? WHOLE} onPart={({ from, to }) => change({ span: from === 0 && to === WHOLE.to ? undefined : `${from}-${to}` })} chosen={chosen?.step_name} onChoose={choose} onEnd={more} />}
          <Suspense fallback={<Skeleton />}>
            {view === "graph" && <GraphView job={job} chosen={chosen?.step_name} onChoose={choose} />}
          </Suspense>
        </section>
        {search.compare ? <Compare jobId={detail.job_id} other={search.compare} onOther={(compare) => change({ compare })} onStep={(step) => change({ step, compare: undefined, tab: "log" })} /> : chosen ? <StepPanel job={now} step={now.steps.find((step) => step.step_name === chosen.step_name) ?? chosen} then={until === undefined ? null : chosen} moment={until === undefined ? null : { until, attempt: chosen.attempts.at(-1)?.attempt }} tab={tab} onTab={(tab) => change({ tab })} onStep={choose} /> : <EmptyState title="This job has no steps." />}
      </div>
    </div>
  );
}
