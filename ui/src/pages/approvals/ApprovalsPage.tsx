/** The questions that wait for a decision, by task. */
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { PageHead } from "../../components/PageHead";
import { EmptyState, Skeleton } from "../../components/States";
import { useApprovals } from "../../queries/approvals";
import { counted } from "../../lib/counted";
import { useTaskNames } from "../../queries/overview";
import { DecideTogether } from "./DecideTogether";
import { QuestionCard } from "./QuestionCard";
import { type Group, groupsOf, keyOf } from "./questions";

/** So many cards of a task are drawn at first, and with each click on "more". */
const BATCH = 20;

export function ApprovalsPage() {
  const { workspace, job } = useSearch({ from: "/approvals" });
  const approvals = useApprovals();
  const groups = groupsOf((approvals.data ?? []).filter((each) => !workspace || each.workspace === workspace));
  return (
    <div className="min-h-0 flex-1 overflow-y-auto pb-8">
      <PageHead title="Approvals" about={groups.length > 0 ? "Jobs that wait until somebody decides." : undefined} />
      {approvals.isPending && <Skeleton />}
      {approvals.isError && !approvals.data && <div className="px-4"><ErrorState error={approvals.error} what="The approvals could not be read" onRetry={() => void approvals.refetch()} /></div>}
      {approvals.data && groups.length === 0 && <EmptyState title="No job waits for a decision. A step that asks for one:" command="confirm: {type: approval, message: Deploy?}" />}
      {groups.map((group) => <TaskGroup key={group.key} group={group} wanted={job} />)}
    </div>
  );
}

function TaskGroup({ group, wanted }: { group: Group; wanted: string | undefined }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [decides, setDecides] = useState<boolean | null>(null);
  const [most, setMost] = useState(BATCH);
  const name = useTaskNames(group.workspace).data?.get(`${group.workspace}/${group.task}`);
  const decidable = group.questions.filter((question) => question.may_decide);
  const selected = decidable.filter((question) => chosen.has(keyOf(question)));
  const ordered = [...group.questions].sort((a, b) => Number(b.job_id === wanted) - Number(a.job_id === wanted));
  const toggle = (key: string) => {
    const next = new Set(chosen);
    if (!next.delete(key)) next.add(key);
    setChosen(next);
  };
  return (
    <section aria-label={`${group.task}: ${group.step}`} className="px-4 pt-3">
      <div className="flex min-h-(--row) flex-wrap items-center gap-2 pb-1">
        <h2 className="min-w-0 text-14 wrap-anywhere">
          <Link to="/tasks/$workspace/$task" params={{ workspace: group.workspace, task: group.task }} className="hover:underline">{name ?? group.task}</Link>
          <span className="font-normal text-muted"> {name && `${group.task} · `}{group.workspace} · {group.step}</span>
        </h2>
        {decidable.length > 1 && (
          <span className="ml-auto flex flex-wrap items-center gap-2">
            <Button look="quiet" onClick={() => setChosen(new Set(selected.length === decidable.length ? [] : decidable.map(keyOf)))}>{selected.length === decidable.length ? "Select none" : `Select all ${decidable.length}`}</Button>
            {selected.length > 0 && <><Button onClick={() => setDecides(true)}>Approve {counted(selected.length, "question")}…</Button><Button onClick={() => setDecides(false)}>Reject {counted(selected.length, "question")}…</Button></>}
          </span>
        )}
      </div>
      <div className="grid items-start gap-3 xl:grid-cols-2">
        {ordered.slice(0, most).map((question) => (
          <QuestionCard key={keyOf(question)} question={question} isWanted={question.job_id === wanted} isSelected={chosen.has(keyOf(question))}
            onToggle={question.may_decide && decidable.length > 1 ? () => toggle(keyOf(question)) : undefined} />
        ))}
      </div>
      {ordered.length > most && <Button className="mt-3" onClick={() => setMost(most + BATCH)}>Show {Math.min(BATCH, ordered.length - most)} more of {ordered.length}</Button>}
      {decides !== null && selected.length > 0 && <DecideTogether questions={selected} approved={decides} onClose={() => setDecides(null)} />}
    </section>
  );
}
