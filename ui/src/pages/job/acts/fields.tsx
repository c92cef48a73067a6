/** What some operations ask for beside a reason. */
import { useId } from "react";
import { Field, Input, TextArea, describedBy } from "../../../components/Field";
import { Select } from "../../../components/Select";
import { shortRevision } from "../../../lib/ids";
import type { JobDetail } from "../../../queries/jobs";
import type { RetryOptions } from "../../../queries/operations";

const FAILED = "failed";
const START = "start";
const STEP = "step:";

/** From where, and by which definition. */
export function RetryFields({ job, value, onChange }: { job: JobDetail; value: RetryOptions; onChange: (value: RetryOptions) => void }) {
  const ids = { from: useId(), revision: useId() };
  const from = value.from === "start" ? START : value.from_step === undefined ? FAILED : STEP + value.from_step;
  const steps = job.steps.filter((step) => step.loop_index === null);
  const choose = (next: string) =>
    onChange({
      ...(value.revision && { revision: value.revision }),
      ...(next === START && { from: "start" }),
      ...(next.startsWith(STEP) && { from_step: next.slice(STEP.length) }),
    });
  return (
    <>
      <Field id={ids.from} label="From">
        <Select id={ids.from} label="From" value={from} onChange={choose} options={[
          { value: FAILED, label: "What did not complete" },
          { value: START, label: "The start: all steps" },
          ...steps.map((step) => ({ value: STEP + step.step_name, label: `The step ${step.step_name}, and what depends on it` })),
        ]} />
      </Field>
      <Field id={ids.revision} label="Definition">
        <Select id={ids.revision} label="Definition" value={value.revision ?? "same"} onChange={(next) => onChange({ ...value, revision: next === "latest" ? "latest" : "same" })} options={[
          { value: "same", label: `The job's revision, ${shortRevision(job.revision)}` },
          { value: "latest", label: "The active revision" },
        ]} />
      </Field>
    </>
  );
}

type EventValue = { type: string; payload: string };

export function EventFields({ value, error, onChange }: { value: EventValue; error: string | undefined; onChange: (value: EventValue) => void }) {
  const ids = { type: useId(), payload: useId() };
  return (
    <>
      <Field id={ids.type} label="Type of the event" hint="As the step that waits for it names it.">
        <Input id={ids.type} value={value.type} aria-required aria-describedby={describedBy(ids.type)} spellCheck={false} autoComplete="off" onChange={(event) => onChange({ ...value, type: event.target.value.trim() })} />
      </Field>
      <Field id={ids.payload} label="Payload" hint="JSON; empty: null." error={error}>
        <TextArea id={ids.payload} value={value.payload} aria-invalid={error !== undefined} aria-describedby={describedBy(ids.payload)} spellCheck={false} onChange={(event) => onChange({ ...value, payload: event.target.value })} />
      </Field>
    </>
  );
}

export function ResultField({ value, error, onChange }: { value: string; error: string | undefined; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <Field id={id} label="Output" hint="JSON, as steps that depend on it read it; empty: none." error={error}>
      <TextArea id={id} value={value} aria-invalid={error !== undefined} aria-describedby={describedBy(id)} spellCheck={false} onChange={(event) => onChange(event.target.value)} />
    </Field>
  );
}
