/** Fires a trigger now, with input that lies over its own. */
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { describedBy, Field, TextArea } from "../../components/Field";
import { Dialog, OverlayBody, OverlayFooter } from "../../components/Overlay";
import { sendKeys } from "../../lib/keyboard";
import { type TriggerDetail, useFire } from "../../queries/triggers";
import { inputOf } from "./input";

export function FireDialog({ workspace, trigger, onClose }: { workspace: string; trigger: TriggerDetail; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const id = useId();
  const fire = useFire(workspace, trigger.name);
  const input = inputOf(typed);
  const send = () => input !== null && !fire.isPending && fire.mutate(input);
  return (
    <Dialog open onClose={onClose} title="Fire trigger">
      <form className="contents" onKeyDown={sendKeys(send)} onSubmit={(event) => { event.preventDefault(); send(); }}>
        <OverlayBody>
          <p className="mb-4 break-words">It starts a job of {trigger.task}, as if it had fired by itself.</p>
          <Field id={id} label="Input" hint="An object in JSON, which lies over the trigger's own input. Empty: its own alone." error={input === null ? "This is no object in JSON." : undefined}>
            <TextArea id={id} aria-describedby={describedBy(id)} aria-invalid={input === null} spellCheck={false} value={typed} placeholder={JSON.stringify(trigger.input)} onChange={(event) => setTyped(event.target.value)} />
          </Field>
          {fire.error && <ErrorState error={fire.error} what="The trigger was not fired" />}
          {fire.data && <p role="status">It has fired: <Link to="/jobs/$id" params={{ id: fire.data.job_id }} className="text-accent underline">open its job</Link></p>}
        </OverlayBody>
        <OverlayFooter>
          <Button onClick={onClose}>{fire.data ? "Close" : "Close form"}</Button>
          <Button type="submit" look="primary" keys="⌘↵" disabled={input === null || fire.isPending || fire.data !== undefined}>Fire now</Button>
        </OverlayFooter>
      </form>
    </Dialog>
  );
}
