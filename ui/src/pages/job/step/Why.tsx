/** The engine's own sentence about the step, and what it rests on. */
import { Link } from "@tanstack/react-router";
import { Ansi } from "../../../components/Ansi";
import { ErrorState } from "../../../components/ErrorState";
import { PlainText } from "../../../components/PlainText";
import { Skeleton } from "../../../components/States";
import { Time } from "../../../components/Time";
import { shortId } from "../../../lib/ids";
import { withoutCodes } from "../../../lib/plainText";
import { duration } from "../../../lib/time";
import { type Cause, type JobDetail, type Step, useExplanation } from "../../../queries/jobs";
import { askedStep } from "../askedStep";
import { Plain } from "../Plain";

const KINDS: Record<Cause["kind"], string> = {
  dependency: "Dependency", condition: "Condition", limit: "Limit", approval: "Approval", event: "Event", retry: "Retry",
  timer: "Time", worker: "Worker", child: "Child job", pause: "Pause", person: "Person",
};

export function Why({ job, step, onStep }: { job: JobDetail; step: Step; onStep: (step: string) => void }) {
  const { data, error, isPending, isPlaceholderData } = useExplanation(job, askedStep(job, step.step_name));
  if (error && !data) return <div className="px-4"><ErrorState error={error} what="The reasons could not be read" /></div>;
  const own = data?.steps.find((each) => each.step_name === step.step_name);
  if (isPending || (isPlaceholderData && !own)) return <Skeleton rows={3} />;
  return (
    <div tabIndex={0} role="group" aria-label={`Why ${step.step_name} stands as it does`} className="min-h-0 flex-1 overflow-y-auto p-4 -outline-offset-2">
      <p className="max-w-[72ch] text-14 break-words">{own ? <Plain text={said(own.explanation, step.error_message)} /> : "Nothing is said of this step."}</p>
      {step.approval?.message && <p className="mt-3 max-w-[72ch] border-l-2 border-waits pl-3 text-14 break-words whitespace-pre-line"><PlainText text={step.approval.message} /></p>}
      {step.approval?.approvers && <p className="mt-3 text-muted">To be decided by {[step.approval.approvers].flat().join(", ")}.</p>}
      {own && own.because.length > 0 && (
        <ul aria-label="What it rests on" className="mt-4 max-w-[110ch] rounded-md border border-line">
          {own.because.map((cause, index) => <CauseRow key={index} cause={cause} onStep={onStep} />)}
        </ul>
      )}
      <dl className="mt-4 grid w-max grid-cols-[auto_auto] gap-x-4 text-muted">
        {own?.waited_s !== null && own?.waited_s !== undefined && <><dt>Waited</dt><dd className="text-ink">{duration(own.waited_s * 1000)}</dd></>}
        {own && own.max_attempts > 1 && <><dt>Attempt</dt><dd className="text-ink">{own.attempt} of {own.max_attempts}</dd></>}
        {own?.exit_code !== null && own?.exit_code !== undefined && <><dt>Exit code</dt><dd className="text-ink">{own.exit_code}</dd></>}
      </dl>
      {step.error_message && <pre className="mt-4 max-w-full rounded-md border border-line bg-panel p-3 text-12 whitespace-pre-wrap wrap-anywhere"><Ansi text={step.error_message} /></pre>}
    </div>
  );
}

/** As a sentence; the lines of an error that stand below are not said twice. */
function said(explanation: string, error: string | null): string {
  const text = withoutCodes(explanation.charAt(0).toUpperCase() + explanation.slice(1));
  return error?.includes("\n") ? (text.split("\n", 1)[0] ?? text) : text;
}

function CauseRow({ cause, onStep }: { cause: Cause; onStep: (step: string) => void }) {
  const { step, holder_job: holder } = cause;
  return (
    <li className="flex min-h-8 flex-wrap items-center gap-x-3 border-b border-line px-3 py-1 last:border-0">
      <span className="w-24 shrink-0 text-muted">{KINDS[cause.kind] ?? cause.kind}</span>
      {step && <button type="button" onClick={() => onStep(step)} className="min-h-[24px] text-accent hover:underline">{step}</button>}
      {cause.expression && <code className="text-12 break-all">{cause.expression}</code>}
      {cause.value !== undefined && cause.value !== null && <span className="break-all">{shown(cause.value)}</span>}
      {cause.until && <span>due <Time at={cause.until} /></span>}
      {cause.ahead !== undefined && <span>{cause.ahead} before it</span>}
      {holder && <Link to="/jobs/$id" params={{ id: holder }} className="font-mono text-12 text-accent underline">{shortId(holder)}</Link>}
    </li>
  );
}

const shown = (value: unknown): string =>
  Array.isArray(value) ? value.map(shown).join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value);
