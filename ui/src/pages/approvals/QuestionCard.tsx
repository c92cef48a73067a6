/** One question: what is asked, by whom, until when, what follows, and its form. */
import { Link } from "@tanstack/react-router";
import { Check, X } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import { Button } from "../../components/Button";
import { Id, Sha } from "../../components/Copy";
import { ErrorState } from "../../components/ErrorState";
import { Field, Input } from "../../components/Field";
import { InputForm } from "../../components/form/InputForm";
import { PlainText } from "../../components/PlainText";
import { Time } from "../../components/Time";
import { useToast } from "../../components/Toast";
import { classes } from "../../lib/classes";
import { type Decision, useDecide, type WaitingApproval } from "../../queries/approvals";
import { useJob } from "../../queries/jobs";
import { useTaskNames } from "../../queries/overview";
import { Changes } from "./Changes";
import { following, keyOf, names } from "./questions";
import { useForm } from "./useForm";

type Props = {
  question: WaitingApproval;
  /** The one that the address names: it is scrolled to and marked. */
  isWanted: boolean;
  /** Without it, the question cannot be selected. */
  onToggle: (() => void) | undefined;
  isSelected: boolean;
};

export function QuestionCard({ question, isWanted, onToggle, isSelected }: Props) {
  const card = useRef<HTMLElement>(null);
  const title = useId();
  useEffect(() => {
    if (isWanted) card.current?.scrollIntoView({ block: "center" });
  }, [isWanted]);
  const message = question.approval?.message ?? `${question.step_name} asks for a decision.`;
  return (
    <article ref={card} aria-labelledby={title} className={classes("min-w-0 rounded-md border bg-surface", isWanted ? "border-accent" : "border-line", isSelected && "bg-selected")}>
      <header className="flex items-start gap-3 px-4 pt-3">
        {onToggle && <input type="checkbox" checked={isSelected} onChange={onToggle} aria-label={`Select: ${message}`} className="mt-1 size-4 shrink-0 accent-(--accent)" />}
        <div className="min-w-0 flex-1">
          <h3 id={title} className="text-16 whitespace-pre-wrap wrap-anywhere"><PlainText text={message} /></h3>
          <Facts question={question} />
        </div>
      </header>
      <Decide question={question} />
    </article>
  );
}

function Facts({ question }: { question: WaitingApproval }) {
  const { data: job } = useJob(question.job_id);
  const name = useTaskNames(question.workspace).data?.get(`${question.workspace}/${question.task_name}`);
  const after = job ? following(job.steps, question.step_name) : [];
  const who = question.approvers.length > 0 ? names(question.approvers, 6) : "everybody who may run the task";
  return (
    <dl className="mt-1 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-12 text-muted [&>dd]:min-w-0 [&>dd]:wrap-anywhere [&>dd]:text-ink">
      <dt>Job</dt>
      <dd className="flex flex-wrap items-center gap-x-2">
        <Link to="/jobs/$id" params={{ id: question.job_id }} className="inline-flex min-h-[24px] items-center text-accent underline">{name ?? question.task_name}</Link><Id id={question.job_id} what="job id" />
        {job && <Sha revision={job.commit?.sha ?? job.revision} />}{job?.commit && <bdi className="line-clamp-2">{job.commit.subject}</bdi>}
      </dd>
      {job && <Changes job={job} />}
      <dt>Asked by</dt><dd>{question.requested_by.join(", ") || "–"}, <Time at={question.since} /></dd>
      <dt>Due</dt><dd>{question.expires_at ? <Time at={question.expires_at} /> : "No deadline"}</dd>
      <dt>May decide</dt><dd>{who}{question.excludes_requester && ", but not who asked"}</dd>
      {after.length > 0 && <><dt>If approved</dt><dd>{names(after, 6)} {after.length === 1 ? "runs" : "run"}; if rejected, {after.length === 1 ? "it does" : "they do"} not.</dd></>}
      {job && Object.keys(job.input).length > 0 && <><dt>Input</dt><dd className="line-clamp-6 font-mono">{Object.entries(job.input).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(" ")}</dd></>}
    </dl>
  );
}

function Decide({ question }: { question: WaitingApproval }) {
  const id = useId();
  const toast = useToast();
  const decide = useDecide(question);
  const fields = question.approval?.fields ?? {};
  const form = useForm(fields, decide.error);
  if (!question.may_decide) return <p className="m-4 mt-2 text-muted">You cannot decide this: {question.because}.</p>;
  const send = (decision: Decision) => decide.mutate(decision, { onSuccess: () => toast(`${question.task_name} was ${decision.approved ? "approved" : "rejected"}.`) });
  return (
    <form className="px-4 pt-3 pb-3" onSubmit={(event) => { event.preventDefault(); if (form.isReadable) send(form.decision(true)); }}>
      <div className="max-w-[56ch]">
        {Object.keys(fields).length > 0 && <InputForm prefix={`${id}${keyOf(question)}`} fields={fields} values={form.values} errors={form.errors} onChange={form.change} />}
        <Field id={`${id}reason`} label="Reason"><Input id={`${id}reason`} value={form.reason} placeholder="kept in the history of the job" onChange={(event) => form.setReason(event.target.value)} /></Field>
      </div>
      {form.otherError && <ErrorState error={form.otherError} what="The decision was refused" />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" disabled={decide.isPending || !form.isReadable}><Check size={14} aria-hidden className="text-good" />Approve</Button>
        <Button onClick={() => send(form.decision(false))} disabled={decide.isPending}><X size={14} aria-hidden className="text-bad" />Reject</Button>
      </div>
    </form>
  );
}
