/** Asks before an act: says what it will do, takes a reason, and sends with ⌘↵. */
import { type ReactNode, useId, useState } from "react";
import { sendKeys } from "../lib/keyboard";
import { Button } from "./Button";
import { ErrorState } from "./ErrorState";
import { Field, Input } from "./Field";
import { Dialog, OverlayBody, OverlayFooter } from "./Overlay";

type Props = {
  open: boolean;
  onClose: () => void;
  /** The verb and its object: `Cancel job`. It is the title and the button. */
  act: string;
  /** What will happen, as the server has worked it out. */
  effect: ReactNode;
  onSend: (reason: string) => void;
  isPending: boolean;
  error: Error | null;
  takesReason?: boolean;
  /** Whether the server refuses it without one. */
  needsReason?: boolean;
  /** Whether what else it asks for is filled in. */
  isFilled?: boolean;
  /** Of an act that cannot be undone: the name that must be typed. */
  nameToType?: string;
  danger?: boolean;
  /** Who will see the reason. */
  reasonHint?: string;
};

const OF_A_JOB = "It is kept in the history of the job and in the audit trail.";

/** The first field has the focus, else the form: ⌘↵ sends it either way. */
function focusFirst(form: HTMLFormElement | null): void {
  (form?.querySelector<HTMLElement>("input, textarea, [role=combobox]") ?? form)?.focus();
}

export function Confirm({ open, onClose, act, effect, onSend, isPending, error, takesReason = true, needsReason = false, isFilled = true, nameToType, danger = false, reasonHint = OF_A_JOB }: Props) {
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const ids = { reason: useId(), name: useId() };
  const isReady = !isPending && isFilled && !(needsReason && reason.trim() === "") && (nameToType === undefined || typed === nameToType);
  const send = () => isReady && onSend(reason.trim());
  return (
    <Dialog open={open} onClose={onClose} title={act}>
      <form ref={focusFirst} tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none" onKeyDown={sendKeys(send)} onSubmit={(event) => { event.preventDefault(); send(); }}>
        <OverlayBody>
          <div className="mb-4">{effect}</div>
          {takesReason && (
            <Field id={ids.reason} label={needsReason ? "Reason, required" : "Reason"} hint={reasonHint}>
              <Input id={ids.reason} aria-required={needsReason} value={reason} onChange={(event) => setReason(event.target.value)} />
            </Field>
          )}
          {nameToType !== undefined && (
            <Field id={ids.name} label={`Type ${nameToType} to go on`}>
              <Input id={ids.name} value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
            </Field>
          )}
          {error && <ErrorState error={error} what={`${act}: it was refused`} />}
        </OverlayBody>
        <OverlayFooter>
          <Button onClick={onClose}>Change nothing</Button>
          <Button type="submit" look={danger ? "danger" : "primary"} disabled={!isReady} keys="⌘↵">{act}</Button>
        </OverlayFooter>
      </form>
    </Dialog>
  );
}
