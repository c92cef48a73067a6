/** Look now, and stop or follow the remote branch. */
import { Link } from "@tanstack/react-router";
import { FileText, Pause, Play, RefreshCw } from "lucide-react";
import { useState } from "react";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { useToast } from "../../components/Toast";
import { Tooltip } from "../../components/Tooltip";
import { shortRevision } from "../../lib/ids";
import { useMayAdminister, useRefresh, useSync } from "../../queries/git";
import type { Workspace } from "../../queries/tasks";

export function WorkspaceActs({ workspace }: { workspace: Workspace }) {
  const refresh = useRefresh(workspace.name);
  const toast = useToast();
  const look = () => refresh.mutate(undefined, {
    onSuccess: (found) => toast(found.refreshed ? `Now active: ${shortRevision(found.revision ?? "")}.` : "There is nothing newer."),
    onError: (error) => toast(`The workspace was not refreshed: ${error.message}`),
  });
  return (
    <>
      <Link to="/git/$workspace/files" params={{ workspace: workspace.name }} className="inline-flex min-h-(--target) items-center gap-1.5 rounded-md border border-line px-2.5 hover:bg-hover"><FileText size={13} aria-hidden />Files</Link>
      {workspace.branch !== null && <SyncSwitch workspace={workspace} />}
      <Button onClick={look} disabled={refresh.isPending}><RefreshCw size={13} aria-hidden />Refresh now</Button>
    </>
  );
}

function SyncSwitch({ workspace }: { workspace: Workspace }) {
  const [asks, setAsks] = useState(false);
  const may = useMayAdminister(workspace.name).data;
  const sync = useSync(workspace.name);
  const toast = useToast();
  const isPaused = workspace.drift.pause !== null;
  const act = isPaused ? "Resume sync" : "Pause sync";
  const Icon = isPaused ? Play : Pause;
  const effect = isPaused
    ? "The workspace follows its branch again, and loads its newest revision at once."
    : `The active revision stays${workspace.revision ? `, ${shortRevision(workspace.revision)}` : ""}: what is pushed later is not loaded until sync is resumed. Jobs and triggers go on.`;
  const isRefused = may !== undefined && !may.allowed;
  const button = <Button disabled={isRefused} onClick={() => setAsks(true)}><Icon size={13} aria-hidden />{act}…</Button>;
  return (
    <>
      {isRefused ? <Tooltip text={may.because}>{<span>{button}</span>}</Tooltip> : button}
      <Confirm open={asks} onClose={() => setAsks(false)} act={act} effect={effect} needsReason reasonHint="It is shown to everybody, and kept in the audit trail."
        isPending={sync.isPending} error={sync.error}
        onSend={(reason) => sync.mutate({ isOn: isPaused, reason }, { onSuccess: () => { setAsks(false); toast(isPaused ? "Sync was resumed." : "Sync is paused."); } })} />
    </>
  );
}
