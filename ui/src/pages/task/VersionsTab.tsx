/** The commits that changed this task, and what each means; any of them can be run. */
import { Link } from "@tanstack/react-router";
import { Sha } from "../../components/Copy";
import { ErrorState } from "../../components/ErrorState";
import { EmptyState, Skeleton } from "../../components/States";
import { Time } from "../../components/Time";
import { nameOf } from "../../lib/commits";
import { useVersions } from "../../queries/task";
import type { TaskDetail } from "../../queries/tasks";

export function VersionsTab({ task }: { task: TaskDetail }) {
  const { data, error, refetch } = useVersions(task.workspace, task.name);
  if (error && !data) return <div className="px-4"><ErrorState error={error} what="The versions could not be read" onRetry={() => void refetch()} /></div>;
  if (!data) return <Skeleton />;
  if (data.length === 0) return <EmptyState title="No commit is known that changed this task. Its history is that of its repository:" command="workspaces: {shop: {type: git, url: …}}" />;
  return (
    <ol className="min-h-0 flex-1 overflow-y-auto p-4">
      {data.map((version) => (
        <li key={version.revision} className="ml-1.5 border-l border-line pb-4 pl-4">
          <div className="flex flex-wrap items-center gap-x-2">
            <span aria-hidden className={`-ml-[21.5px] size-2.5 shrink-0 rounded-full border-2 border-surface ${version.loads ? "bg-accent" : "bg-bad"}`} />
            <span className="min-w-0 font-medium wrap-anywhere">{version.commit.subject}</span>
            <Sha revision={version.revision} />
            <span className="text-12 text-muted"><bdi className="wrap-anywhere">{nameOf(version.commit.author)}</bdi> · <Time at={version.at} /></span>
            {version.loads ? (
              <span className="ml-auto inline-flex gap-1.5">
              <Link to="." search={(now) => ({ ...now, tab: "flow" as const, at: version.revision })} className="inline-flex min-h-[24px] items-center rounded-md border border-line px-2 text-12 hover:bg-hover">Show</Link>
              <Link to="." search={(now) => ({ ...now, run: `${task.workspace}/${task.name}`, rev: version.revision })} className="inline-flex min-h-[24px] items-center rounded-md border border-line px-2 text-12 hover:bg-hover">Run at this version</Link>
              </span>
            ) : <span className="ml-auto text-12 font-medium text-bad">It has errors</span>}
          </div>
          <ul className="text-muted">
            {version.changes.map((change, index) => <li key={index} className="break-words">{change.kind !== "task" && `${change.kind} ${change.name}: `}{change.summary}</li>)}
          </ul>
          {version.summary.breaking > 0 && <p className="text-12 font-medium text-waits">{version.summary.breaking} breaking</p>}
        </li>
      ))}
    </ol>
  );
}
