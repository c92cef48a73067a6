/** All triggers: as a list, or as the week in which they fire; one of them in a sheet. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { FilterChips } from "../../components/FilterChips";
import { PageHead } from "../../components/PageHead";
import { SearchField } from "../../components/SearchField";
import { EmptyState, Skeleton } from "../../components/States";
import { DataTable } from "../../components/table/DataTable";
import type { Column } from "../../components/table/columns";
import { Time } from "../../components/Time";
import { StatusGlyph } from "../../components/Status";
import { useWorkspaces } from "../../queries/tasks";
import { type TriggerItem, useTriggers } from "../../queries/triggers";
import { stateOf, type TriggersSearch } from "./search";
import { TriggerSheet } from "./TriggerSheet";
import { Week } from "./Week";

const GLYPHS = { enabled: "completed", disabled: "skipped", suspended: "paused" } as const;
const WORDS = { enabled: "Enabled", disabled: "Disabled", suspended: "Suspended" } as const;
const idOf = (trigger: TriggerItem) => `${trigger.workspace}/${trigger.name}`;

const COLUMNS: readonly Column<TriggerItem>[] = [
  { id: "state", head: "State", width: "104px", cell: (trigger) => <span className="flex items-center gap-1.5"><StatusGlyph status={GLYPHS[stateOf(trigger)]} label={false} />{WORDS[stateOf(trigger)]}</span> },
  { id: "name", head: "Trigger", width: "minmax(120px, 2fr)", cell: (trigger) => <span title={trigger.name}><span className="font-medium">{trigger.name}</span> <span className="text-muted">{trigger.workspace}</span></span> },
  { id: "task", head: "Task", width: "minmax(100px, 2fr)", from: 640, below: true, cell: (trigger) => <span title={trigger.task}>{trigger.task}</span> },
  { id: "type", head: "Type", width: "minmax(100px, 1fr)", from: 760, cell: (trigger) => trigger.type },
  { id: "cron", head: "Schedule", width: "minmax(120px, 1fr)", from: 900, below: true, cell: (trigger) => <span className="font-mono text-12" title={trigger.timezone}>{trigger.cron ?? "–"}</span> },
  { id: "last", head: "Fired", width: "100px", from: 560, cell: (trigger) => <Time at={trigger.last_fired_at} none="never" /> },
  { id: "next", head: "Next", width: "92px", cell: (trigger) => <Time at={trigger.next_runs[0]} /> },
];

export function TriggersPage() {
  const search = useSearch({ from: "/triggers" });
  const navigate = useNavigate();
  const change = (next: Partial<TriggersSearch>) => void navigate({ to: "/triggers", search: { ...search, ...next }, replace: true });
  const names = useWorkspaces().data?.map((each) => each.name) ?? [];
  const { triggers, isPending, error } = useTriggers(search.workspace ? [search.workspace] : names);
  const filters = [
    { name: "state", label: "State", options: Object.entries(WORDS).map(([value, label]) => ({ value, label })) },
    { name: "type", label: "Type", options: [...new Set(triggers.map((each) => each.type))].sort().map((value) => ({ value, label: value })) },
    { name: "workspace", label: "Workspace", options: names.map((value) => ({ value, label: value })) },
  ];
  const chosen = Object.fromEntries(filters.map(({ name }) => [name, [search[name as "state" | "type" | "workspace"]].flatMap((value) => value ?? [])]));
  const q = search.q?.toLowerCase() ?? "";
  const rows = triggers.filter((each) =>
    (!search.state || stateOf(each) === search.state) && (!search.type || each.type === search.type) && `${each.name} ${each.task}`.toLowerCase().includes(q));
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageHead title="Triggers">
        <Button aria-pressed={search.view === "week"} onClick={() => change({ view: search.view ? undefined : "week" })}>{search.view ? "Show list" : "Show week"}</Button>
      </PageHead>
      <div role="search" className="filters">
        <SearchField label="Search triggers" value={search.q ?? ""} onChange={(value) => change({ q: value || undefined })} />
        <FilterChips filters={filters} chosen={chosen} onChange={(name, values) => change({ [name]: values.at(-1) })} />
      </div>
      {error && <div className="px-4"><ErrorState error={error} what="Some triggers could not be read" /></div>}
      {isPending && <Skeleton />}
      {!isPending && rows.length === 0 && !error && (triggers.length === 0
        ? <EmptyState title="No trigger is defined. In a file below .workflows, this starts a task each night:" command={'triggers: {nightly: {type: scheduler, cron: "0 0 2 * * *", task: hello-world}}'} />
        : <EmptyState title="No trigger fits these filters."><Button onClick={() => void navigate({ to: "/triggers", search: {} })}>Remove the filters</Button></EmptyState>)}
      {!isPending && rows.length > 0 && search.view === "week" && <Week shown={new Set(rows.map(idOf))} onOpen={(open) => change({ open })} />}
      {rows.length > 0 && search.view !== "week" && <DataTable label="Triggers" rows={rows} columns={COLUMNS} idOf={idOf} onOpen={(trigger) => change({ open: idOf(trigger) })} />}
      {search.open && <TriggerSheet key={search.open} id={search.open} onClose={() => change({ open: undefined })} />}
    </div>
  );
}
