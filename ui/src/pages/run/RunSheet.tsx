/** The form that runs a task, over any page: `?run=workspace/task`. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { ApiError } from "../../api/problem";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { Field, Input } from "../../components/Field";
import { OverlayBody, OverlayFooter, Sheet } from "../../components/Overlay";
import { Skeleton } from "../../components/States";
import { useToast } from "../../components/Toast";
import { sendKeys } from "../../lib/keyboard";
import { type Execute, type TaskDetail, useDryRun, useExecute, useTask } from "../../queries/tasks";
import { DryRun } from "./DryRun";
import { fieldErrors, parse, type Values } from "./fields";
import { InputForm } from "./InputForm";

type Props = { workspace: string; task: string; onClose: () => void };

export function RunSheet({ workspace, task, onClose }: Props) {
  const { data, error, isPending } = useTask(workspace, task);
  return (
    <Sheet open onClose={onClose} title={`Run ${data?.title ?? task}`} about={data?.description ?? workspace}>
      {isPending && <Skeleton />}
      {error && !data && <OverlayBody><ErrorState error={error} what={`The task ${task} could not be read`} /></OverlayBody>}
      {data && <Form detail={data} onClose={onClose} />}
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

function Form({ detail, onClose }: { detail: TaskDetail; onClose: () => void }) {
  const [values, setValues] = useState<Values>({});
  const [revision, setRevision] = useState("");
  const [key] = useState(() => crypto.randomUUID());
  const revisionId = useId();
  const navigate = useNavigate();
  const toast = useToast();
  const execute = useExecute(detail.workspace, detail.name);
  const parsed = useMemo(() => parse(detail.input, values), [detail.input, values]);
  const body = useMemo(() => ({ input: parsed.input, ...(revision && { revision }) }) as Execute, [parsed.input, revision]);
  const settled = useSettled(body);
  const isReady = Object.keys(parsed.errors).length === 0;
  const dryRun = useDryRun(detail.workspace, detail.name, isReady ? settled : null);
  const secrets = useMemo(() => new Set(Object.entries(detail.input).flatMap(([name, field]) => (field.secret ? [name] : []))), [detail.input]);

  const refused = execute.error ?? dryRun.error;
  const reported = refused instanceof ApiError ? fieldErrors(refused.details) : {};
  // A field that is required and untouched is an error only once one has tried to send.
  const shown = execute.error ? reported : Object.fromEntries(Object.entries(reported).filter(([name]) => values[name] !== undefined));
  const other = execute.error && Object.keys(reported).length === 0 ? execute.error : null;

  const send = (follow: boolean) => {
    if (!isReady || execute.isPending) return;
    execute.mutate({ body, key }, {
      onSuccess: ({ job_id }) => {
        if (follow) return void navigate({ to: "/jobs/$id", params: { id: job_id } });
        toast(`${detail.name} was started.`);
        onClose();
      },
    });
  };
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>("input, textarea, [role=combobox]")?.focus(), []);
  return (
    <form ref={form} className="contents" onKeyDown={sendKeys(() => send(true))} onSubmit={(event) => { event.preventDefault(); send(true); }}>
      <OverlayBody>
        <div className="grid gap-6 md:grid-cols-2">
          <div className="min-w-0">
            <InputForm fields={detail.input} values={values} errors={{ ...shown, ...parsed.errors }} onChange={(name, value) => setValues({ ...values, [name]: value })} />
            <Field id={revisionId} label="Revision" hint="A branch, a tag or a commit; empty: the one in force.">
              <Input id={revisionId} value={revision} placeholder="in force" spellCheck={false} onChange={(event) => setRevision(event.target.value.trim())} />
            </Field>
            {other && <ErrorState error={other} what="The task was not started" />}
          </div>
          <DryRun workspace={detail.workspace} task={detail.name} body={isReady ? settled : null} secrets={secrets} />
        </div>
      </OverlayBody>
      <OverlayFooter>
        <Button onClick={onClose}>Leave it</Button>
        <Button onClick={() => send(false)} disabled={execute.isPending}>Run</Button>
        <Button type="submit" look="primary" keys="⌘↵" disabled={execute.isPending}>Run and follow</Button>
      </OverlayFooter>
    </form>
  );
}
