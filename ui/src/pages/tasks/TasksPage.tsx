/** The tasks of all workspaces: folders at the left, a row for each task, filtered by the address. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { PageHead } from "../../components/PageHead";
import { SearchField } from "../../components/SearchField";
import { EmptyState, NoWorkspace, Skeleton } from "../../components/States";
import { DataTable } from "../../components/table/DataTable";
import { useStars } from "../../lib/stars";
import { useLateJobs } from "../../queries/late";
import { type TaskOverview, useTaskOverviews } from "../../queries/overview";
import { useIsAdmin } from "../../queries/session";
import { useWorkspaces } from "../../queries/tasks";
import { COLUMNS } from "./columns";
import { FolderTree } from "./FolderTree";
import { chosen, foldersOf, isFailing, keyOf } from "./folders";
import type { Only, TasksSearch } from "./search";

const NO_TASKS: readonly TaskOverview[] = [];

export function TasksPage() {
  const search = useSearch({ from: "/tasks" });
  const navigate = useNavigate();
  const { data: tasks, error, isPending, refetch } = useTaskOverviews({ workspace: search.workspace });
  const folders = useMemo(() => foldersOf(tasks ?? []), [tasks]);
  const lateJobs = useLateJobs(search.workspace);
  const late = useMemo(() => new Set(lateJobs.map((job) => `${job.workspace}/${job.task_name}`)), [lateJobs]);
  const starred = useStars();
  const { data: workspaces } = useWorkspaces();
  const isAdmin = useIsAdmin();
  const rows = chosen(tasks ?? NO_TASKS, search, { late, starred });
  const change = (next: TasksSearch) => void navigate({ to: "/tasks", search: { ...search, ...next }, replace: true });
  const failing = tasks?.filter(isFailing).length ?? 0;
  const count = (found: number | undefined) => (tasks ? found : null); // nothing is counted before it is known
  const neverRan = tasks?.filter((task) => task.last_jobs.length === 0).length ?? 0;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageHead title="Tasks" />
      <div role="search" className="filters">
        <SearchField label="Search tasks" value={search.q ?? ""} onChange={(q) => change({ q: q || undefined })} />
        <Switch only="failing" chosen={search.only} onChange={(only) => change({ only })}>Failing {count(failing)}</Switch>
        <Switch only="late" chosen={search.only} onChange={(only) => change({ only })}>Late {count(late.size)}</Switch>
        <Switch only="starred" chosen={search.only} onChange={(only) => change({ only })}>With a star {count(tasks?.filter((task) => starred.has(keyOf(task))).length)}</Switch>
        <Switch only="never-ran" chosen={search.only} onChange={(only) => change({ only })}>Never ran {count(neverRan)}</Switch>
      </div>
      {isPending && <Skeleton />}
      {error && !tasks && <div className="px-4"><ErrorState error={error} what="The tasks could not be read" onRetry={() => void refetch()} /></div>}
      {tasks?.length === 0 && workspaces?.length === 0 && <NoWorkspace mayConfigure={isAdmin} />}
      {tasks?.length === 0 && workspaces?.length !== 0 && <EmptyState title="No workspace has a task yet. This writes the first:" command="gitflow init" />}
      {tasks && tasks.length > 0 && (
        <div className="flex min-h-0 flex-1 max-md:flex-col">
          <FolderTree folders={folders} all={tasks.length} chosen={search.folder} />
          {rows.length > 0 ? (
            <DataTable label="Tasks" rows={rows} columns={COLUMNS} idOf={keyOf}
              onOpen={({ workspace, name }) => void navigate({ to: "/tasks/$workspace/$task", params: { workspace, task: name } })} />
          ) : (
            <EmptyState title="No task fits these filters."><Button onClick={() => void navigate({ to: "/tasks", search: {} })}>Remove the filters</Button></EmptyState>
          )}
        </div>
      )}
    </div>
  );
}

type SwitchProps = { only: Only; chosen: Only | undefined; onChange: (only: Only | undefined) => void; children: ReactNode };

function Switch({ only, chosen: now, onChange, children }: SwitchProps) {
  const isOn = now === only;
  return <Button look={isOn ? "plain" : "quiet"} aria-pressed={isOn} className={isOn ? "!bg-selected font-medium" : ""} onClick={() => onChange(isOn ? undefined : only)}>{children}</Button>;
}
