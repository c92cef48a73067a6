/** The chosen step: what may be done with it, its log, why it stands as it does, its data, attempts, artifacts and definition. */
import { useState } from "react";
import { Button } from "../../../components/Button";
import { StatusChip } from "../../../components/Status";
import { Tabs } from "../../../components/Tabs";
import { Duration } from "../../../components/Time";
import { hasEnded, hasFailed } from "../../../lib/status";
import type { JobDetail, Step } from "../../../queries/jobs";
import { useOperations } from "../../../queries/operations";
import { ActDialog } from "../acts/ActDialog";
import { ActMenu } from "../acts/ActMenu";
import { type Choice, choicesOf, wordsOf } from "../acts/table";
import { askedStep } from "../askedStep";
import { LogPanel, type Moment } from "../log/LogPanel";
import type { StepTab } from "../search";
import { Artifacts } from "./Artifacts";
import { Attempts } from "./Attempts";
import { Data } from "./Data";
import { Why } from "./Why";
import { Yaml } from "./Yaml";

type Props = {
  job: JobDetail;
  step: Step;
  /** The step as it stood at the moment up to which the job is shown. */
  then: Step | null;
  moment: Moment | null;
  tab: StepTab;
  onTab: (tab: StepTab) => void;
  onStep: (step: string) => void;
};

export function StepPanel({ job, step, then, moment, tab, onTab, onStep }: Props) {
  return (
    <section aria-label={`Step ${step.step_name}`} className="flex min-h-0 min-w-0 flex-1 flex-col max-md:h-[60dvh] max-md:flex-none">
      <header className="flex min-h-9 items-center gap-x-3 px-4 pt-1 max-md:flex-wrap">
        <StatusChip status={(then ?? step).status} />
        <h2 className="clip min-w-0 text-14" title={step.step_name}><bdi>{step.title ?? step.step_name}</bdi>{step.title && <span className="text-12 font-normal text-muted"> {step.step_name}</span>}</h2>
        <span className="clip max-w-40 shrink-0 text-12 text-muted">{step.action_name ?? step.action_type}</span>
        {then && <span className="shrink-0 text-12 text-muted">at this moment</span>}
        {!then && step.started_at && <span className="shrink-0 text-12 text-muted"><Duration from={step.started_at} to={step.completed_at} /></span>}
        <StepActs job={job} step={step} />
      </header>
      <Tabs label="Parts of the step" chosen={tab} onChoose={(id) => onTab(id as StepTab)} tabs={[
        { id: "log", label: "Log", content: <LogPanel key={step.step_name} jobId={job.job_id} step={step.step_name} isOpen={!hasEnded(step.status)} hasFailed={hasFailed(step.status)} attempts={step.attempts.length} moment={moment} /> },
        { id: "why", label: "Why", content: <Why job={job} step={step} onStep={onStep} /> },
        { id: "data", label: "Input and output", content: <Data step={step} /> },
        { id: "attempts", label: step.attempts.length > 1 ? `Attempts (${step.attempts.length})` : "Attempts", content: <Attempts step={step} /> },
        { id: "artifacts", label: "Artifacts", content: <Artifacts jobId={job.job_id} step={step.step_name} /> },
        { id: "yaml", label: "YAML", content: <Yaml job={job} step={step} /> },
      ]} />
    </section>
  );
}

function StepActs({ job, step }: { job: JobDetail; step: Step }) {
  const [asked, setAsked] = useState<Choice | null>(null);
  const { data: found = [] } = useOperations(job, askedStep(job, step.step_name));
  const choices = choicesOf(found, step.step_name);
  if (choices.length === 0) return null;
  const decisions = choices.filter((each) => each.allowed && ["approve", "reject"].includes(each.act.operation));
  const isApproval = step.action_type === "approval";
  const others = choices.filter((each) => !decisions.includes(each) && (isApproval || !["approve", "reject"].includes(each.act.operation)));
  return (
    <span className="ml-auto flex shrink-0 gap-2 max-md:flex-wrap">
      {decisions.map((each) => <Button key={each.act.operation} look={each.act.operation === "reject" ? "danger" : "plain"} onClick={() => setAsked(each)}>{wordsOf(each.act).verb}…</Button>)}
      <ActMenu name={`Operations on ${step.step_name}`} choices={others} onChoose={setAsked} />
      {asked && <ActDialog key={asked.act.operation} job={job} choice={asked} onClose={() => setAsked(null)} />}
    </span>
  );
}
