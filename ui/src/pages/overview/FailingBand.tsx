/** The tasks whose latest job failed: a click leads to the line that says why. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Ansi } from "../../components/Ansi";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { ErrorState } from "../../components/ErrorState";
import { StatusGlyph } from "../../components/Status";
import { Skeleton } from "../../components/States";
import { Time } from "../../components/Time";
import { useToast } from "../../components/Toast";
import { nameOf } from "../../lib/commits";
import { shortRevision } from "../../lib/ids";
import { useJob } from "../../queries/jobs";
import { type TaskOverview, useFirstError, useTaskOverviews } from "../../queries/overview";
import { useRetryJob } from "../../queries/retry";
import { Band, ROW } from "./Band";
import { type Failure, failureOf } from "./failing";

/** So many are shown; the list of tasks has the rest. */
const MAX_SHOWN = 12;

export function FailingBand({ workspace }: { workspace: string | undefined }) {
  const tasks = useTaskOverviews({ workspace, failing: true });
  if (tasks.isPending) return <Band title="Failing now" none=""><Skeleton rows={2} /></Band>;
  if (tasks.isError && !tasks.data) return <Band title="Failing now" none=""><ErrorState error={tasks.error} what="The tasks could not be read" onRetry={() => void tasks.refetch()} /></Band>;
  const failing = tasks.data.flatMap((task) => {
    const failure = failureOf(task);
    return failure ? [{ task, failure }] : [];
  });
  const more = failing.length - MAX_SHOWN;
  return (
    <Band title="Failing now" count={failing.length} none="No task fails."
      aside={more > 0 && <Link to="/tasks" search={{ workspace, only: "failing" }} className="text-accent underline">{more} more</Link>}>
      <ul>{failing.slice(0, MAX_SHOWN).map(({ task, failure }) => <Row key={`${task.workspace}/${task.name}`} task={task} failure={failure} />)}</ul>
    </Band>
  );
}

function Row({ task, failure }: { task: TaskOverview; failure: Failure }) {
  const { data: job } = useJob(failure.latest);
  const { data: error, isPending } = useFirstError(failure.latest);
  return (
    <li className={`${ROW} flex items-center gap-2`}>
      <Link to="/jobs/$id" params={{ id: failure.latest }} search={error ? { step: error.step } : {}}
        className="grid min-h-12 min-w-0 flex-1 grid-cols-[16px_minmax(0,1fr)] items-center gap-x-2 py-1.5 sm:grid-cols-[16px_minmax(140px,320px)_minmax(0,1fr)_auto]">
        <StatusGlyph status={job?.status ?? "failed"} />
        <span className="min-w-0">
          <span className="clip block font-medium" title={task.name}>{task.title ?? task.name}</span>
          <span className="clip block text-12 text-muted">{task.workspace}{error && ` · ${error.step}`}</span>
        </span>
        <span className="min-w-0 max-sm:col-start-2">
          <span className="clip block font-mono text-12 text-bad" title={error?.text}>{error ? <Ansi text={error.text} /> : isPending ? "\u00a0" : job?.error_message}</span>
          <span className="clip block text-12 text-muted"><Began failure={failure} /></span>
        </span>
        <span className="text-12 text-muted max-sm:hidden"><Time at={job?.completed_at} none="" /></span>
      </Link>
      <Retry id={failure.latest} task={task.name} />
    </li>
  );
}

/** How often it failed in a row, and at which commit that began. */
function Began({ failure }: { failure: Failure }) {
  const { data: first } = useJob(failure.first);
  const times = failure.inARow === 1 ? "First failure" : `${failure.isWhole ? "" : "at least "}${failure.inARow} failures in a row`;
  if (!first) return times;
  const { commit } = first;
  return <>{times}, {failure.inARow === 1 ? "at" : "since"} <span className="font-mono">{shortRevision(first.revision)}</span>{commit && <> <bdi>{commit.subject}</bdi> · <bdi>{nameOf(commit.author)}</bdi></>}</>;
}

function Retry({ id, task }: { id: string; task: string }) {
  const [asks, setAsks] = useState(false);
  const toast = useToast();
  const retry = useRetryJob(id);
  return (
    <>
      <Button onClick={() => setAsks(true)}>Retry<span className="sr-only"> {task}</span></Button>
      {asks && (
        <Confirm open onClose={() => setAsks(false)} act={`Retry ${task}`} takesReason={false}
          effect="A new job runs what is left, at the same revision; the steps that completed are carried over."
          isPending={retry.isPending} error={retry.error}
          onSend={() => retry.mutate(undefined, { onSuccess: () => { setAsks(false); toast(`${task} was started again.`); } })} />
      )}
    </>
  );
}
