/** Several questions of the same step, decided at once with one form; each that is refused says why. */
import { useId } from "react";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { Field, Input } from "../../components/Field";
import { InputForm } from "../../components/form/InputForm";
import { Dialog, OverlayBody, OverlayFooter } from "../../components/Overlay";
import { useToast } from "../../components/Toast";
import { counted } from "../../lib/counted";
import { sendKeys } from "../../lib/keyboard";
import { useDecideAll, type WaitingApproval } from "../../queries/approvals";
import { keyOf } from "./questions";
import { useForm } from "./useForm";

type Props = { questions: readonly WaitingApproval[]; approved: boolean; onClose: () => void };

export function DecideTogether({ questions, approved, onClose }: Props) {
  const id = useId();
  const toast = useToast();
  const decide = useDecideAll(questions);
  const fields = (approved && questions[0]?.approval?.fields) || {};
  const form = useForm(fields, decide.error);
  const act = `${approved ? "Approve" : "Reject"} ${counted(questions.length, "question")}`;
  const refused = new Map(decide.data?.map((each) => [`${each.job_id}/${each.step_name}`, each.error]));
  const send = () => {
    if (!form.isReadable || decide.isPending) return;
    decide.mutate(form.decision(approved), {
      onSuccess: (wrong) => {
        if (wrong.length > 0) return;
        toast(`${counted(questions.length, "question")} ${questions.length === 1 ? "was" : "were"} ${approved ? "approved" : "rejected"}.`);
        onClose();
      },
    });
  };
  return (
    <Dialog open onClose={onClose} title={act}>
      <form className="contents" onKeyDown={sendKeys(send)} onSubmit={(event) => { event.preventDefault(); send(); }}>
        <OverlayBody>
          <ul className="mb-4 max-h-48 overflow-y-auto rounded-md border border-line">
            {questions.map((question) => (
              <li key={keyOf(question)} className="border-b border-line px-3 py-1.5 last:border-0">
                {question.approval?.message ?? question.step_name}
                {refused.has(keyOf(question)) && <p role="alert" className="text-12 text-bad">{refused.get(keyOf(question))}</p>}
              </li>
            ))}
          </ul>
          {Object.keys(fields).length > 0 && <InputForm prefix={id} fields={fields} values={form.values} errors={form.errors} onChange={form.change} />}
          <Field id={`${id}reason`} label="Reason"><Input id={`${id}reason`} value={form.reason} onChange={(event) => form.setReason(event.target.value)} /></Field>
          {form.otherError && <ErrorState error={form.otherError} what="The decisions were refused" />}
        </OverlayBody>
        <OverlayFooter>
          <Button onClick={onClose}>Change nothing</Button>
          <Button type="submit" look={approved ? "primary" : "danger"} keys="⌘↵" disabled={decide.isPending || !form.isReadable}>{act}</Button>
        </OverlayFooter>
      </form>
    </Dialog>
  );
}
