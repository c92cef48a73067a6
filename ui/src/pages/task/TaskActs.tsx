/** What one does with a task: run it, run it many times, and keep its triggers from starting it. */
import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { Suspense, useState } from "react";
import { lazily } from "../../lib/lazily";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { useToast } from "../../components/Toast";
import { counted } from "../../lib/counted";
import { useOffer } from "../../lib/pageActs";
import type { TaskDetail } from "../../queries/tasks";
import { useSuspensions, useTriggers } from "../../queries/triggers";

const RunMany = lazily(() => import("./RunMany"), "RunMany");

const RUN_MANY = "Run many jobs";

export function TaskActs({ task, at }: { task: TaskDetail; at: string | undefined }) {
  const [runsMany, setRunsMany] = useState(false);
  const takesInput = at === undefined && Object.keys(task.input).length > 0;
  useOffer(takesInput ? [{ label: `${RUN_MANY}…`, about: task.name, onSelect: () => setRunsMany(true) }] : []);
  return (
    <>
      <Suspension task={task} />
      {takesInput && <Button onClick={() => setRunsMany(true)}>{RUN_MANY}…</Button>}
      <Link to="." search={(now) => ({ ...now, run: `${task.workspace}/${task.name}`, rev: at })} className="inline-flex min-h-(--target) items-center gap-1.5 rounded-md bg-accent px-2.5 font-medium text-on-accent hover:opacity-90"><Play size={13} aria-hidden />Run task…</Link>
      <Suspense fallback={null}>{runsMany && <RunMany task={task} onClose={() => setRunsMany(false)} />}</Suspense>
    </>
  );
}

/** Of all its triggers at once: those that are suspended go on, or, if none is, all are suspended. */
function Suspension({ task }: { task: TaskDetail }) {
  const [asks, setAsks] = useState(false);
  const toast = useToast();
  const names = new Set(task.triggers.map((trigger) => trigger.name));
  const found = useTriggers([task.workspace]); // whether one is suspended does not stand in the definition
  const suspended = found.triggers.filter((trigger) => names.has(trigger.name) && trigger.suspended);
  const isOn = suspended.length === 0;
  const meant = (isOn ? task.triggers : suspended).map((trigger) => trigger.name);
  const act = isOn ? `Suspend ${counted(meant.length, "trigger")}` : `End ${counted(meant.length, "suspension")}`;
  const change = useSuspensions(task.workspace);
  const isKnown = task.triggers.length > 0 && !found.isPending && !found.error;
  useOffer(isKnown ? [{ label: `${act}…`, about: task.name, onSelect: () => setAsks(true) }] : []);
  if (!isKnown) return null;
  const effect = isOn
    ? `${meant.join(", ")}: nothing starts the task by itself until the suspension ends. Jobs that were started go on, and people can run it.`
    : `${meant.join(", ")}: the task is started again from now on; times that have passed are not made up for.`;
  return (
    <>
      <Button onClick={() => setAsks(true)}>{act}…</Button>
      <Confirm open={asks} onClose={() => setAsks(false)} act={act} effect={effect} reasonHint="It is shown with the triggers, and kept in the audit trail."
        isPending={change.isPending} error={change.error}
        onSend={(reason) => change.mutate({ isOn, triggers: meant, reason }, { onSuccess: () => { setAsks(false); toast(isOn ? `The triggers of ${task.name} are suspended.` : `${task.name} is triggered again.`); } })} />
    </>
  );
}
