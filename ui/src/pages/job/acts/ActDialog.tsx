/** Asks before an operation: what it will do, what it needs, and why. */
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { ApiError } from "../../../api/problem";
import { Confirm } from "../../../components/Confirm";
import { type Values, fieldErrors, parse } from "../../../components/form/fields";
import { InputForm } from "../../../components/form/InputForm";
import { useToast } from "../../../components/Toast";
import { shortId } from "../../../lib/ids";
import type { JobDetail } from "../../../queries/jobs";
import { newJobOf, type RetryOptions, type Sent, useOperate } from "../../../queries/operations";
import { effectOf } from "./effect";
import { EventFields, ResultField, RetryFields } from "./fields";
import { readJson } from "./json";
import { type Choice, titleOf, wordsOf } from "./table";

type Props = { job: JobDetail; choice: Choice; onClose: () => void };

export function ActDialog({ job, choice, onClose }: Props) {
  const { act } = choice;
  const words = wordsOf(act);
  const toast = useToast();
  const navigate = useNavigate();
  const operate = useOperate(job.job_id);
  const [retry, setRetry] = useState<RetryOptions>({});
  const [values, setValues] = useState<Values>({});
  const [event, setEvent] = useState({ type: "", payload: "" });
  const [result, setResult] = useState("");

  const step = job.steps.find((each) => each.step_name === act.step);
  const fields = (act.operation === "approve" && step?.approval?.fields) || {};
  const form = parse(fields, values);
  const refused = operate.error instanceof ApiError ? fieldErrors(operate.error.details) : {};
  const payload = readJson(event.payload);
  const output = readJson(result);
  const missing = Object.entries(fields).some(([name, field]) => field.required && field.default === undefined && form.input[name] === undefined);
  const isFilled = !missing && Object.keys(form.errors).length === 0 && payload.ok && output.ok && (act.operation !== "event" || event.type !== "");

  const send = (reason: string) => {
    const sent: Sent = {
      reason,
      ...(act.operation === "approve" && Object.keys(fields).length > 0 && { input: form.input }),
      ...(act.operation === "complete" && output.ok && result.trim() !== "" && { result: output.value }),
      ...(act.operation === "retry" && act.step === undefined && { retry }),
      ...(act.operation === "event" && payload.ok && { event: { type: event.type, payload: payload.value } }),
    };
    operate.mutate({ act, sent }, {
      onSuccess: (answered) => {
        toast(words.done);
        onClose();
        const made = act.operation === "retry" && act.step === undefined ? newJobOf(answered) : null;
        if (made) void navigate({ to: "/jobs/$id", params: { id: made } });
        if (act.operation === "delete") void navigate({ to: "/jobs" });
      },
    });
  };

  const asks: Partial<Record<string, ReactNode>> = {
    approve: step && (
      <>
        {step.approval?.message && <p className="mb-3 text-14 break-words whitespace-pre-line">{step.approval.message}</p>}
        {Object.keys(fields).length > 0 && <InputForm fields={fields} values={values} errors={{ ...refused, ...form.errors }} onChange={(name, value) => setValues({ ...values, [name]: value })} />}
      </>
    ),
    reject: step?.approval?.message && <p className="mb-3 text-14 break-words whitespace-pre-line">{step.approval.message}</p>,
    retry: act.step === undefined && <RetryFields job={job} value={retry} onChange={setRetry} />,
    event: <EventFields value={event} error={payload.ok ? undefined : payload.error} onChange={setEvent} />,
    complete: <ResultField value={result} error={output.ok ? undefined : output.error} onChange={setResult} />,
  };
  return (
    <Confirm open onClose={onClose} act={titleOf(act)} danger={words.danger ?? false} takesReason={words.takesReason ?? false}
      needsReason={choice.requires.includes("reason")} isFilled={isFilled} isPending={operate.isPending} error={operate.error}
      {...(act.operation === "delete" && { nameToType: shortId(job.job_id) })} onSend={send}
      effect={
        <>
          {asks[act.operation]}
          <p className="max-w-[72ch] break-words">{effectOf(job, act, retry)}</p>
          {choice.because && choice.requires.includes("reason") && <p className="mt-2 break-words text-muted">{choice.because}</p>}
        </>
      } />
  );
}
