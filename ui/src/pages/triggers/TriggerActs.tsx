/** Fire, suspend, backfill, and enable or disable in the file. */
import { useState } from "react";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { useToast } from "../../components/Toast";
import { useMayAdminister, useWorkspace } from "../../queries/git";
import { type TriggerDetail, useSuspension, useSwitch } from "../../queries/triggers";
import { BackfillDialog } from "./BackfillDialog";
import { FireDialog } from "./FireDialog";

type Props = { workspace: string; trigger: TriggerDetail };
type Asked = "fire" | "suspend" | "backfill" | "switch" | null;

export function TriggerActs({ workspace, trigger }: Props) {
  const [asked, setAsked] = useState<Asked>(null);
  const close = () => setAsked(null);
  const toast = useToast();
  const suspension = useSuspension(workspace, trigger.name);
  const isSuspended = trigger.suspended === true;
  const suspendAct = isSuspended ? "End suspension" : "Suspend trigger";
  return (
    <>
      <SwitchButton workspace={workspace} trigger={trigger} isOpen={asked === "switch"} onOpen={() => setAsked("switch")} onClose={close} />
      {trigger.cron && <Button onClick={() => setAsked("backfill")}>Backfill…</Button>}
      <Button onClick={() => setAsked("suspend")}>{suspendAct}…</Button>
      <Button look="primary" disabled={isSuspended || !trigger.enabled} title={isSuspended || !trigger.enabled ? "It is suspended or disabled" : undefined} onClick={() => setAsked("fire")}>Fire now…</Button>
      <Confirm open={asked === "suspend"} onClose={close} act={suspendAct} reasonHint="It is shown with the trigger, and kept in the audit trail."
        effect={isSuspended ? "The trigger fires again from now on; times that have passed are not made up for." : "The trigger does not fire until its suspension ends. Jobs that it has started go on."}
        isPending={suspension.isPending} error={suspension.error}
        onSend={(reason) => suspension.mutate({ isOn: !isSuspended, reason }, { onSuccess: () => { close(); toast(isSuspended ? "The suspension has ended." : "The trigger is suspended."); } })} />
      {asked === "fire" && <FireDialog workspace={workspace} trigger={trigger} onClose={close} />}
      {asked === "backfill" && <BackfillDialog workspace={workspace} name={trigger.name} onClose={close} />}
    </>
  );
}

type SwitchProps = Props & { isOpen: boolean; onOpen: () => void; onClose: () => void };

/** Only git workspaces have commits, and only administrators of the whole workspace make them here. */
function SwitchButton({ workspace, trigger, isOpen, onOpen, onClose }: SwitchProps) {
  const toast = useToast();
  const hasBranch = useWorkspace(workspace).data?.branch != null;
  const may = useMayAdminister(workspace).data?.allowed === true;
  const turn = useSwitch(workspace, trigger.name);
  if (!hasBranch || !may) return null;
  const act = trigger.enabled ? "Disable as a commit" : "Enable as a commit";
  return (
    <>
      <Button onClick={onOpen}>{act}…</Button>
      <Confirm open={isOpen} onClose={onClose} act={act} reasonHint="It is the message of the commit; without it, one is made."
        effect={`The file ${trigger.file ?? "of the trigger"} is changed by a commit in your name. The server checks it first, and refuses it where the workspace is not writable.`}
        isPending={turn.isPending} error={turn.error}
        onSend={(message) => turn.mutate({ enabled: !trigger.enabled, message }, { onSuccess: (made) => { onClose(); toast(`${made.path}: ${made.status} on ${made.branch}.`); } })} />
    </>
  );
}
