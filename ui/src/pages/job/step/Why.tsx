import { ErrorState } from "../../../components/ErrorState";
import { Skeleton } from "../../../components/States";
import { type JobDetail, type Step, useExplanations } from "../../../queries/jobs";

/** The engine's own sentence about the step, and what it says about the others. */
export function Why({ job, step }: { job: JobDetail; step: Step }) {
  const states = job.steps.map((each) => each.status).join();
  const { data, error, isPending } = useExplanations(job.job_id, states);
  if (isPending) return <Skeleton rows={3} />;
  if (error && !data) return <div className="px-4"><ErrorState error={error} what="The reasons could not be read" /></div>;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto p-4">
      <p className="max-w-[72ch] text-14 break-words">{data?.get(step.step_name) ?? "Nothing is said of this step."}</p>
      {step.approval?.message && <p className="mt-3 max-w-[72ch] border-l-2 border-waits pl-3 text-14 break-words whitespace-pre-line">{step.approval.message}</p>}
      {step.approval?.approvers && <p className="mt-3 text-muted">To be decided by {[step.approval.approvers].flat().join(", ")}.</p>}
      {step.depends_on.length > 0 && <p className="mt-3 text-muted">It depends on {step.depends_on.join(", ")}.</p>}
      {step.error_message && <pre className="mt-3 overflow-x-auto rounded-md border border-line bg-panel p-3 text-12 whitespace-pre-wrap">{step.error_message}</pre>}
    </div>
  );
}
