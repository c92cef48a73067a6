/** Starts a job for each input that is pasted; the server answers for each whether it was started. */
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { Field, TextArea } from "../../components/Field";
import { Dialog, OverlayBody, OverlayFooter } from "../../components/Overlay";
import { useToast } from "../../components/Toast";
import { counted } from "../../lib/counted";
import { sendKeys } from "../../lib/keyboard";
import { type TaskDetail, useExecuteMany } from "../../queries/tasks";
import { readMany } from "./many";

export function RunMany({ task, onClose }: { task: TaskDetail; onClose: () => void }) {
  const id = useId();
  const toast = useToast();
  const [typed, setTyped] = useState("");
  const run = useExecuteMany(task.workspace, task.name);
  const { inputs, errors } = readMany(typed, task.input);
  const refused = (run.data ?? []).flatMap((each, index) => (each.ok ? [] : [{ number: index + 1, says: each.error ?? "it was refused" }]));
  const names = Object.keys(task.input);
  const isReady = inputs.length > 0 && errors.length === 0 && !run.isPending && run.data === undefined;
  const send = () => {
    if (!isReady) return;
    run.mutate(inputs, {
      onSuccess: (results) => {
        if (results.some((each) => !each.ok)) return;
        toast(`${counted(results.length, "job")} of ${task.name} were started.`);
        onClose();
      },
    });
  };
  return (
    <Dialog open onClose={onClose} title={`Run ${task.title ?? task.name} many times`} about="A job for each line, at the active revision.">
      <form className="contents" onKeyDown={sendKeys(send)} onSubmit={(event) => { event.preventDefault(); send(); }}>
        <OverlayBody>
          <Field id={id} label="Inputs" hint={`A table whose first line names the fields (${names.join(", ")}), or JSON objects, one a line. A table can be pasted from a spreadsheet.`}>
            <TextArea id={id} rows={10} spellCheck={false} className="font-mono text-12" value={typed} placeholder={`${names.slice(0, 3).join(",")}\n`}
              onChange={(event) => { setTyped(event.target.value); run.reset(); }} />
          </Field>
          {errors.length > 0 && <ul role="status" className="text-12 text-bad">{errors.map((error) => <li key={error}>{error}</li>)}</ul>}
          {errors.length === 0 && inputs.length > 0 && run.data === undefined && <p role="status" className="text-muted">{counted(inputs.length, "job")} will be started.</p>}
          {run.error && <ErrorState error={run.error} what="No job was started" />}
          {refused.length > 0 && run.data && (
            <div role="alert">
              <p>{counted(run.data.length - refused.length, "job")} of {run.data.length} were started. <Link to="/jobs" search={{ workspace: task.workspace, task: task.name }} className="text-accent underline">Its jobs</Link></p>
              <ul className="text-12 text-bad">{refused.map(({ number, says }) => <li key={number}>Input {number}: {says}</li>)}</ul>
            </div>
          )}
        </OverlayBody>
        <OverlayFooter>
          <Button onClick={onClose}>{run.data ? "Close" : "Close form"}</Button>
          <Button type="submit" look="primary" keys="⌘↵" disabled={!isReady}>{inputs.length > 1 ? `Run ${counted(inputs.length, "job")}` : "Run jobs"}</Button>
        </OverlayFooter>
      </form>
    </Dialog>
  );
}
