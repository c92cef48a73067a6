/** The chosen step: its log, why it stands as it does, its data and its attempts. */
import { StatusChip } from "../../components/Status";
import { Tabs } from "../../components/Tabs";
import { hasEnded } from "../../lib/status";
import type { JobDetail, Step } from "../../queries/jobs";
import { Attempts } from "./Attempts";
import { Data } from "./Data";
import { LogPanel } from "./LogPanel";
import type { StepTab } from "./search";
import { Why } from "./Why";

type Props = { job: JobDetail; step: Step; tab: StepTab; onTab: (tab: StepTab) => void };

export function StepPanel({ job, step, tab, onTab }: Props) {
  return (
    <section aria-label={`Step ${step.step_name}`} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <header className="flex items-center gap-3 px-4 pt-2">
        <StatusChip status={step.status} />
        <h2 className="clip text-14" title={step.step_name}>{step.step_name}</h2>
        <span className="text-12 text-muted">{step.action_name ?? step.action_type}</span>
      </header>
      <Tabs label="Parts of the step" chosen={tab} onChoose={(id) => onTab(id as StepTab)} tabs={[
        { id: "log", label: "Log", content: <LogPanel jobId={job.job_id} step={step.step_name} isOpen={!hasEnded(step.status)} /> },
        { id: "why", label: "Why", content: <Why job={job} step={step} /> },
        { id: "data", label: "Input and output", content: <Data step={step} /> },
        { id: "attempts", label: step.attempts.length > 1 ? `Attempts (${step.attempts.length})` : "Attempts", content: <Attempts step={step} /> },
      ]} />
    </section>
  );
}
