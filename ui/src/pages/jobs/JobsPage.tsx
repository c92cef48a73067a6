/** The list of jobs, filtered by the address. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { Suspense, useCallback, useMemo, useState } from "react";
import { lazily } from "../../lib/lazily";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { FilterChips } from "../../components/FilterChips";
import { PageHead } from "../../components/PageHead";
import { SearchField } from "../../components/SearchField";
import { EmptyState, NoWorkspace, Skeleton } from "../../components/States";
import { DataTable } from "../../components/table/DataTable";
import { useMedians, useTaskNames, useTaskOverviews } from "../../queries/overview";
import { type JobItem, useJobs } from "../../queries/jobs";
import { useIsAdmin } from "../../queries/session";
import { useTasks, useWorkspaces } from "../../queries/tasks";
import { BulkBar } from "./BulkBar";
import { columnsOf } from "./columns";
import { choose, chosenIn, filtersOf, isFiltered, type JobsSearch, toFilter } from "./filters";
import { MoreFilters } from "./MoreFilters";

const CompareSheet = lazily(() => import("./CompareSheet"), "CompareSheet");

const idOf = (job: JobItem) => job.job_id;
const stateOf = (job: JobItem) => job.status;
const NO_NAMES: ReadonlyMap<string, string> = new Map();
const NO_MEDIANS: ReadonlyMap<string, number> = new Map();

export function JobsPage() {
  const search = useSearch({ from: "/jobs" });
  const navigate = useNavigate();
  const [isOpen, setIsOpen] = useState(false);
  const { data: workspaces } = useWorkspaces();
  const names = useMemo(() => workspaces?.map((each) => each.name) ?? [], [workspaces]);
  const { tasks } = useTasks(search.workspace ? [search.workspace] : names);
  const filters = useMemo(() => filtersOf(names, tasks), [names, tasks]);
  const change = (next: JobsSearch) => void navigate({ to: "/jobs", search: next, replace: true });
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageHead title="Jobs" />
      <div role="search" className="filters">
        <SearchField label="Search jobs" value={search.q ?? ""} onChange={(q) => change({ ...search, q: q || undefined })} />
        <FilterChips filters={filters} chosen={chosenIn(search)} onChange={(name, values) => change(choose(search, name, values))} />
        <Button look="quiet" onClick={() => setIsOpen(true)}><Plus size={13} aria-hidden />More filters</Button>
      </div>
      <JobsTable search={search} onChange={change} />
      {isOpen && <MoreFilters search={search} onChange={change} onClose={() => setIsOpen(false)} />}
      <Suspense fallback={null}>
        {search.compare && <CompareSheet before={search.compare[0] ?? ""} after={search.compare[1] ?? ""} onClose={() => change({ ...search, compare: undefined })} />}
      </Suspense>
    </div>
  );
}

function JobsTable({ search, onChange }: { search: JobsSearch; onChange: (next: JobsSearch) => void }) {
  const navigate = useNavigate();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [opened] = useState(() => Date.now());
  const filter = useMemo(() => toFilter(search, opened), [search, opened]);
  const jobs = useJobs(filter);
  const { data: medians = NO_MEDIANS } = useMedians(search.workspace);
  const { data: taskNames = NO_NAMES } = useTaskNames(search.workspace);
  const columns = useMemo(() => columnsOf(medians, taskNames), [medians, taskNames]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = jobs;
  const rows = useMemo(() => jobs.data?.pages.flatMap((page) => page.items) ?? [], [jobs.data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  // The jobs are named from the older to the newer one.
  const compare = (ids: string[]) => onChange({ ...search, compare: ids.toSorted() });

  if (jobs.isPending) return <Skeleton />;
  if (jobs.isError && rows.length === 0) return <div className="px-4"><ErrorState error={jobs.error} what="The jobs could not be read" onRetry={() => void jobs.refetch()} /></div>;
  if (rows.length === 0) return <NoJobs search={search} onReset={() => onChange({})} />;
  return (
    <>
      {selected.size > 0 && <BulkBar selected={selected} filter={filter} onClear={() => setSelected(new Set())} onCompare={compare} />}
      <DataTable label="Jobs" rows={rows} columns={columns} idOf={idOf} stateOf={stateOf} selected={selected} onSelect={setSelected} onEnd={more}
        onOpen={(job) => void navigate({ to: "/jobs/$id", params: { id: job.job_id } })} />
    </>
  );
}

function NoJobs({ search, onReset }: { search: JobsSearch; onReset: () => void }) {
  const tasks = useTaskOverviews({ workspace: search.workspace }).data;
  const { data: workspaces } = useWorkspaces();
  const isAdmin = useIsAdmin();
  if (workspaces?.length === 0) return <NoWorkspace mayConfigure={isAdmin} />;
  if (!isFiltered(search) && tasks?.length === 0) return <EmptyState title="No workspace has a task yet. This writes the first:" command="gitflow init" />;
  if (!isFiltered(search)) return <EmptyState title="No job has run yet. This runs one:" command={`gitflow trigger ${tasks?.[0]?.name ?? "hello-world"}`}><Link to="/tasks" className="text-accent underline">Choose a task to run</Link></EmptyState>;
  return <EmptyState title="No job fits these filters."><Button onClick={onReset}>Remove the filters</Button></EmptyState>;
}
