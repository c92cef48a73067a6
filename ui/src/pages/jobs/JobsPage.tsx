/** The list of jobs, filtered by the address. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { FilterChips } from "../../components/FilterChips";
import { PageHead } from "../../components/PageHead";
import { SearchField } from "../../components/SearchField";
import { EmptyState, Skeleton } from "../../components/States";
import { DataTable } from "../../components/table/DataTable";
import { type JobItem, useJobs } from "../../queries/jobs";
import { useTasks, useWorkspaces } from "../../queries/tasks";
import { COLUMNS } from "./columns";
import { choose, chosenIn, filtersOf, type JobsSearch, toFilter } from "./filters";

const idOf = (job: JobItem) => job.job_id;

export function JobsPage() {
  const search = useSearch({ from: "/jobs" });
  const navigate = useNavigate();
  const { data: workspaces } = useWorkspaces();
  const { tasks } = useTasks(search.workspace ? [search.workspace] : []);
  const filters = useMemo(() => filtersOf(workspaces?.map((each) => each.name) ?? [], tasks.map((task) => task.name)), [workspaces, tasks]);
  const change = (next: JobsSearch) => void navigate({ to: "/jobs", search: next, replace: true });
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageHead title="Jobs" />
      <div role="search" className="flex flex-wrap items-center gap-1.5 px-4 pb-2">
        <SearchField label="Search jobs" value={search.q ?? ""} onChange={(q) => change({ ...search, q: q || undefined })} />
        <FilterChips filters={filters} chosen={chosenIn(search)} onChange={(name, values) => change(choose(search, name, values))} />
      </div>
      <JobsTable search={search} onReset={() => change({})} />
    </div>
  );
}

function JobsTable({ search, onReset }: { search: JobsSearch; onReset: () => void }) {
  const navigate = useNavigate();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const jobs = useJobs(toFilter(search));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = jobs;
  const rows = useMemo(() => jobs.data?.pages.flatMap((page) => page.items) ?? [], [jobs.data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (jobs.isPending) return <Skeleton />;
  if (jobs.isError && rows.length === 0) return <div className="px-4"><ErrorState error={jobs.error} what="The jobs could not be read" onRetry={() => void jobs.refetch()} /></div>;
  if (rows.length === 0) return <NoJobs search={search} onReset={onReset} />;
  return (
    <DataTable label="Jobs" rows={rows} columns={COLUMNS} idOf={idOf} selected={selected} onSelect={setSelected} onEnd={more}
      onOpen={(job) => void navigate({ to: "/jobs/$id", params: { id: job.job_id } })} />
  );
}

function NoJobs({ search, onReset }: { search: JobsSearch; onReset: () => void }) {
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  if (!isFiltered) return <EmptyState title="No job has run yet." command="gitflow trigger hello-world" />;
  return <EmptyState title="No job fits these filters."><Button onClick={onReset}>Remove the filters</Button></EmptyState>;
}
