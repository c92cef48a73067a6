/** One concurrency group: who holds its places, and who waits, in the order in which they get one. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { StatusGlyph } from "../../components/Status";
import { Time } from "../../components/Time";
import { useToast } from "../../components/Toast";
import { shortId } from "../../lib/ids";
import { useOperate } from "../../queries/operations";
import type { ConcurrencyGroup } from "../../queries/queue";

export function Group({ group }: { group: ConcurrencyGroup }) {
  return (
    <section className="min-w-0 rounded-md border border-line p-3">
      <h3 className="flex flex-wrap items-baseline gap-x-2 text-14">
        <span className="min-w-0 break-words">{group.group}</span>
        <span className="text-12 font-normal text-muted">{group.workspace} · {group.held} of {group.limit} taken · {group.waiting} waiting{group.hidden > 0 && ` · ${group.hidden} that you may not see`}</span>
      </h3>
      <h4 className="mt-2 text-12 font-normal text-muted">Held by</h4>
      {group.holders.length === 0 && <p className="text-muted">Nobody.</p>}
      <ul>{group.holders.map((holder) => <Holder key={holder.job_id} holder={holder} />)}</ul>
      {group.queue.length > 0 && <h4 className="mt-2 text-12 font-normal text-muted">Waiting, in this order</h4>}
      <ol>{group.queue.map((waiter) => <Waiter key={waiter.job_id} waiter={waiter} />)}</ol>
    </section>
  );
}

function Holder({ holder }: { holder: ConcurrencyGroup["holders"][number] }) {
  const [asks, setAsks] = useState(false);
  const cancel = useOperate(holder.job_id);
  const toast = useToast();
  return (
    <li className="flex min-h-8 items-center gap-2">
      <StatusGlyph status={holder.status} />
      <JobLink id={holder.job_id} task={holder.task_name} />
      <span className="ml-auto text-muted"><Time at={holder.started_at ?? holder.created_at} /></span>
      {holder.cancelling ? <span className="text-muted">is being cancelled</span> : <Button onClick={() => setAsks(true)}>Cancel<span className="sr-only"> {holder.task_name} {shortId(holder.job_id)}</span>…</Button>}
      <Confirm open={asks} onClose={() => setAsks(false)} act="Cancel job" danger isPending={cancel.isPending} error={cancel.error}
        effect={`${holder.task_name} is ended and gives its place back; the first that waits gets it.`}
        onSend={(reason) => cancel.mutate({ act: { operation: "cancel" }, sent: { reason } }, { onSuccess: () => { setAsks(false); toast("The job is being cancelled."); } })} />
    </li>
  );
}

function Waiter({ waiter }: { waiter: ConcurrencyGroup["queue"][number] }) {
  return (
    <li className="flex min-h-8 flex-wrap items-center gap-x-2 border-t border-line">
      <span className="w-6 text-right text-muted">{waiter.position ?? "–"}</span>
      <JobLink id={waiter.job_id} task={waiter.task_name} />
      {waiter.priority !== 0 && <span className="text-12 text-muted">priority {waiter.priority}</span>}
      <span className="ml-auto text-muted"><Time at={waiter.created_at} /></span>
      <span className="w-full pb-1 pl-8 text-12 break-words text-muted">{waiter.reason}</span>
    </li>
  );
}

const JobLink = ({ id, task }: { id: string; task: string }) => (
  <Link to="/jobs/$id" params={{ id }} className="min-w-0 clip hover:underline" title={task}><span className="font-medium">{task}</span> <span className="font-mono text-12 text-muted">{shortId(id)}</span></Link>
);
