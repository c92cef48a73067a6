/** The form that runs a task, over any page: `?run=workspace/task`; with `&of=id` it repeats that job, with another input. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { ApiError } from "../../api/problem";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { Field } from "../../components/Field";
import { OverlayBody, OverlayFooter, Sheet } from "../../components/Overlay";
import { PlainText } from "../../components/PlainText";
import { RevisionField } from "../../components/RevisionField";
import { Select } from "../../components/Select";
import { Skeleton } from "../../components/States";
import { useToast } from "../../components/Toast";
import { shortRevision } from "../../lib/ids";
import { sendKeys } from "../../lib/keyboard";
import { useKnownRevisions } from "../../queries/revisions";
import { type JobInput, useJobInput, useRerun } from "../../queries/rerun";
import { type Execute, type TaskDetail, useDryRun, useExecute, useTask } from "../../queries/tasks";
import { type Given, linkTo, NOTHING, writeLabels } from "../../lib/runLink";
import { DryRun } from "./DryRun";
import { type Extra, ExtraFields, readExtra } from "./ExtraFields";
import { changesTo, valuesFrom } from "../../components/form/before";
import { fieldErrors, parse, type Values } from "../../components/form/fields";
import { InputForm } from "../../components/form/InputForm";

type Props = { workspace: string; task: string; of?: string | undefined; given?: Given; onClose: () => void };

export function RunSheet({ workspace, task, of, given = NOTHING, onClose }: Props) {
  const [revision, setRevision] = useState(given.rev);
  const settled = useSettled(revision);
  const active = useTask(workspace, task);
  const found = useTask(workspace, task, of ? "" : settled);
  const job = useJobInput(of);
  // The fields are those of the revision; of one that cannot be read, those of the active one stay.
  const data = found.data ?? active.data;
  const error = found.error ?? active.error;
  const isPending = (found.isPending && active.isPending) || job.isLoading;
  const refused = settled !== "" && settled === revision && found.error ? found.error.message : undefined;
  return (
    <Sheet open onClose={onClose} title={of ? `Run ${data?.title ?? task} again` : `Run ${data?.title ?? task}`} about={data?.description ? <PlainText text={data.description} /> : workspace}>
      {isPending && <Skeleton />}
      {error && !data && <OverlayBody><ErrorState error={error} what={`The task ${task} could not be read`} /></OverlayBody>}
      {job.error && <OverlayBody><ErrorState error={job.error} what="The job could not be read" /></OverlayBody>}
      {data && !isPending && !job.error && <Form detail={data} before={job.data} given={given} chosen={{ revision, onChange: setRevision, refused }} onClose={onClose} />}
    </Sheet>
  );
}

const WAIT_MS = 300;

/** The value as it was when it last stood still. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), WAIT_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** The revision that is typed, and why the server does not know it. */
type Chosen = { revision: string; onChange: (revision: string) => void; refused: string | undefined };
type FormProps = { detail: TaskDetail; before: JobInput | undefined; given: Given; chosen: Chosen; onClose: () => void };

function Form({ detail, before, given, chosen, onClose }: FormProps) {
  const [values, setValues] = useState<Values>(() => (before ? valuesFrom(detail.input, before.input) : given.input));
  const revision = before?.revision ?? chosen.revision;
  const known = useKnownRevisions(detail.workspace, detail.name);
  const [extra, setExtra] = useState<Extra>({ labels: writeLabels(given.labels), priority: given.priority });
  const [definition, setDefinition] = useState<"same" | "latest">("same");
  const [key] = useState(() => crypto.randomUUID());
  const revisionId = useId();
  const navigate = useNavigate();
  const toast = useToast();
  const execute = useExecute(detail.workspace, detail.name);
  const rerun = useRerun();
  const parsed = useMemo(() => parse(detail.input, values), [detail.input, values]);
  const more = useMemo(() => readExtra(extra), [extra]);
  const body = useMemo(
    () => ({ input: parsed.input, ...(revision && (definition === "same" || !before) && { revision }), ...(!before && more.sent) }) as Execute,
    [parsed.input, revision, definition, before, more],
  );
  const settled = useSettled(body);
  const isReady = Object.keys(parsed.errors).length === 0 && Object.keys(more.errors).length === 0 && (before !== undefined || chosen.refused === undefined);
  // A secret of the job that is run again may stay empty.
  const missing = before ? [] : Object.entries(detail.input).flatMap(([name, field]) => (field.required && field.default === undefined && values[name] === undefined ? [name] : []));
  const asked = isReady && missing.length === 0 ? settled : null;
  const dryRun = useDryRun(detail.workspace, detail.name, asked);
  const secrets = useMemo(() => new Set(Object.entries(detail.input).flatMap(([name, field]) => (field.secret ? [name] : []))), [detail.input]);

  const failed = before ? rerun.error : execute.error;
  const refused = failed ?? dryRun.error;
  const reported = refused instanceof ApiError ? fieldErrors(refused.details) : {};
  // A field that is required and untouched is an error only once one has tried to send.
  const shown = failed ? reported : Object.fromEntries(Object.entries(reported).filter(([name]) => values[name] !== undefined));
  const other = failed && Object.keys(reported).length === 0 ? failed : null;
  const isPending = execute.isPending || rerun.isPending;

  const send = (follow: boolean) => {
    if (!isReady || isPending) return;
    const onSuccess = ({ job_id }: { job_id: string }) => {
      if (follow) return void navigate({ to: "/jobs/$id", params: { id: job_id } });
      toast(`${detail.name} was started.`);
      onClose();
    };
    if (!before) return execute.mutate({ body, key }, { onSuccess });
    rerun.mutate({ id: before.job_id, body: { input: changesTo(detail.input, before.input, parsed.input), revision: definition }, key }, { onSuccess });
  };
  // What is secret never stands in an address.
  const copyLink = async () => {
    const input = Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (secrets.has(name) || value === undefined ? [] : [[name, String(value)]])));
    await navigator.clipboard.writeText(`${location.origin}/tasks${linkTo(detail.workspace, detail.name, { rev: revision, priority: extra.priority, input, labels: more.sent.labels ?? {} })}`);
    toast(secrets.size > 0 ? "The link was copied, without secrets." : "The link was copied.");
  };
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>("input, textarea, [role=combobox]")?.focus(), []);
  return (
    <form ref={form} className="contents" onKeyDown={sendKeys(() => send(true))} onSubmit={(event) => { event.preventDefault(); send(true); }}>
      <OverlayBody>
        <div className="grid gap-6 md:grid-cols-2">
          <div className="min-w-0">
            <InputForm fields={detail.input} values={values} errors={{ ...shown, ...parsed.errors }} onChange={(name, value) => setValues({ ...values, [name]: value })} />
            {before ? (
              <Field id={revisionId} label="Definition" hint="Secrets that you leave empty are those of the job.">
                <Select id={revisionId} label="Definition" value={definition} onChange={(next) => setDefinition(next === "latest" ? "latest" : "same")}
                  options={[{ value: "same", label: `The job's revision, ${shortRevision(before.revision)}` }, { value: "latest", label: "The active revision" }]} />
              </Field>
            ) : (
              <>
              <Field id={revisionId} label="Revision" hint="A branch, a tag or a commit; empty: the active revision." error={chosen.refused}>
                <RevisionField id={revisionId} value={revision} choices={known} isInvalid={chosen.refused !== undefined} onChange={chosen.onChange} />
              </Field>
              <ExtraFields extra={extra} errors={more.errors} onChange={setExtra} />
              </>
            )}
            {other && <ErrorState error={other} what="The task was not started" />}
          </div>
          <DryRun workspace={detail.workspace} task={detail.name} body={asked} missing={missing} secrets={secrets} />
        </div>
      </OverlayBody>
      <OverlayFooter>
        {!before && <Button look="quiet" className="mr-auto" onClick={() => void copyLink()}>Copy as link</Button>}
        <Button onClick={onClose}>Close form</Button>
        <Button onClick={() => send(false)} disabled={isPending}>Run task</Button>
        <Button type="submit" look="primary" keys="⌘↵" disabled={isPending}>Run and follow</Button>
      </OverlayFooter>
    </form>
  );
}
