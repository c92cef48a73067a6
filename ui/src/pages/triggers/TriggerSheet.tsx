/** One trigger: when it fires next, what came of its last events, and the acts on it. */
import { Link } from "@tanstack/react-router";
import { ErrorState } from "../../components/ErrorState";
import { OverlayBody, OverlayFooter, Sheet } from "../../components/Overlay";
import { NextRuns } from "../../components/NextRuns";
import { Place } from "../../components/Problems";
import { Skeleton } from "../../components/States";
import { Time } from "../../components/Time";
import { fileLink } from "../../lib/codeHost";
import { useWorkspace } from "../../queries/git";
import { type TriggerDetail, type TriggerEvent, useTrigger, useTriggerEvents } from "../../queries/triggers";
import { TriggerActs } from "./TriggerActs";

export function TriggerSheet({ id, onClose }: { id: string; onClose: () => void }) {
  const at = id.indexOf("/");
  const [workspace, name] = [id.slice(0, at), id.slice(at + 1)];
  const found = useTrigger(workspace, name);
  return (
    <Sheet open onClose={onClose} title={name} about={workspace}>
      <OverlayBody>
        {found.isPending && <Skeleton />}
        {found.isError && !found.data && <ErrorState error={found.error} what={`The trigger ${name} could not be read`} onRetry={() => void found.refetch()} />}
        {found.data && <About workspace={workspace} trigger={found.data} />}
      </OverlayBody>
      {found.data && <OverlayFooter><TriggerActs workspace={workspace} trigger={found.data} /></OverlayFooter>}
    </Sheet>
  );
}

function About({ workspace, trigger }: { workspace: string; trigger: TriggerDetail }) {
  const served = useWorkspace(workspace).data;
  const events = useTriggerEvents(workspace, trigger.name);
  const link = trigger.file && served?.revision ? fileLink(served.web_url, served.revision, trigger.file, trigger.line) : null;
  return (
    <>
      {trigger.suspended && <p className="mb-3 rounded-md border border-waits px-3 py-2 break-words"><strong>Suspended</strong> by {trigger.suspended_by}, <Time at={trigger.suspended_at} />{trigger.suspended_reason && `: ${trigger.suspended_reason}`}</p>}
      <p className="break-words">{trigger.type} that starts {trigger.task}{trigger.cron && <> at <code className="text-12">{trigger.cron}</code> {trigger.timezone ?? "UTC"}</>}{!trigger.enabled && " · disabled in its file"}</p>
      {trigger.file && <p><Place file={trigger.file} line={trigger.line ?? null} href={link} /></p>}
      {Object.keys(trigger.input).length > 0 && <pre tabIndex={0} aria-label="Input" className="mt-2 overflow-x-auto rounded-md bg-panel p-2 text-12">{JSON.stringify(trigger.input, null, 2)}</pre>}
      <h3 className="mt-4 mb-1">Fires next</h3>
      {trigger.next_runs.length === 0 ? <p className="text-muted">At no time that is known.</p> : <NextRuns times={trigger.next_runs} zone={trigger.timezone ?? "UTC"} />}
      <h3 className="mt-4 mb-1">Last events</h3>
      {events.isError && <ErrorState error={events.error} what="The events could not be read" />}
      {events.data?.length === 0 && <p className="text-muted">It has not fired yet.</p>}
      <ul>{events.data?.map((event, index) => <Event key={index} event={event} />)}</ul>
    </>
  );
}

function Event({ event }: { event: TriggerEvent }) {
  return (
    <li className="flex flex-wrap gap-x-2 border-b border-line py-1 last:border-0">
      <span className={event.what === "failed" ? "font-semibold text-bad" : "font-medium"}>{event.what}</span>
      <Time at={event.at} /><span className="text-muted">by {event.actor}</span>
      {event.job_id && <Link to="/jobs/$id" params={{ id: event.job_id }} className="text-accent underline">Job</Link>}
      {event.reason && <span className="w-full break-words text-muted">{event.reason}</span>}
    </li>
  );
}
