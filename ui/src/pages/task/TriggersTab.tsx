/** What starts this task: when next, and what became of the last times. */
import { Link } from "@tanstack/react-router";
import { ErrorState } from "../../components/ErrorState";
import { EmptyState } from "../../components/States";
import { NextRuns } from "../../components/NextRuns";
import { Time } from "../../components/Time";
import { useTriggers } from "../../queries/triggers";
import { useTriggerEvents } from "../../queries/task";
import type { TaskDetail } from "../../queries/tasks";

type Trigger = TaskDetail["triggers"][number];

export function TriggersTab({ task }: { task: TaskDetail }) {
  if (task.triggers.length === 0) return <EmptyState title="No trigger starts this task. One that does:" command={`nightly: {type: scheduler, cron: "0 0 2 * * *", task: ${task.name}}`} />;
  return <div tabIndex={0} role="group" aria-label="Triggers" className="min-h-0 flex-1 overflow-y-auto p-4 -outline-offset-2">{task.triggers.map((trigger) => <One key={trigger.name} workspace={task.workspace} trigger={trigger} />)}</div>;
}

function One({ workspace, trigger }: { workspace: string; trigger: Trigger }) {
  const isSuspended = useTriggers([workspace]).triggers.some((each) => each.name === trigger.name && each.suspended);
  const events = useTriggerEvents(workspace, trigger.name);
  return (
    <section aria-label={trigger.name} className="mb-6">
      <h2 className="text-14 wrap-anywhere">{trigger.name} <span className="font-normal text-muted">{[trigger.type, trigger.cron, trigger.timezone].filter(Boolean).join(" · ")}{!trigger.enabled && " · disabled"}{isSuspended && <span className="font-medium text-waits"> · suspended</span>}</span></h2>
      <div className="mt-1 grid gap-x-8 gap-y-2 sm:grid-cols-2">
        <div>
          <h3 className="text-12 font-normal text-muted">Next</h3>
          {trigger.next_runs.length === 0 && <p className="text-muted">It has no next time.</p>}
          <NextRuns times={trigger.next_runs.slice(0, 5)} zone={trigger.timezone ?? "UTC"} />
        </div>
        <div>
          <h3 className="text-12 font-normal text-muted">Last</h3>
          {events.error && <ErrorState error={events.error} what="The events could not be read" onRetry={() => void events.refetch()} />}
          {events.data?.length === 0 && <p className="text-muted">Nothing has happened yet.</p>}
          <ol>
            {events.data?.map((event, index) => (
              <li key={index} className="break-words">
                {event.job_id ? <Link to="/jobs/$id" params={{ id: event.job_id }} className="text-accent underline">{event.what}</Link> : event.what} <span className="text-muted"><Time at={event.at} /> · {event.actor}{event.reason && ` · ${event.reason}`}</span>
              </li>
            ))}
          </ol>
        </div>
      </div>
    </section>
  );
}
