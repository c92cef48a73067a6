/** Who changed what, when and from where. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useCallback, useId, useMemo, useState } from "react";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { Input } from "../../components/Field";
import { FilterChips } from "../../components/FilterChips";
import { PageHead } from "../../components/PageHead";
import { EmptyState, Skeleton } from "../../components/States";
import { DataTable } from "../../components/table/DataTable";
import { useToast } from "../../components/Toast";
import { type AuditEntry, exportAudit, useAudit } from "../../queries/audit";
import { useWorkspaces } from "../../queries/tasks";
import { COLUMNS } from "./columns";
import { EntrySheet } from "./EntrySheet";
import { type AuditSearch, SINCE, toAuditFilter } from "./filters";

const idOf = (entry: AuditEntry) => String(entry.id);
const TYPED = { actor: "Who", what: "What", subject: "Target", api_key: "Key" } as const;
type Typed = keyof typeof TYPED;

export function AuditPage() {
  const search = useSearch({ from: "/audit" });
  const navigate = useNavigate();
  const { data: workspaces = [] } = useWorkspaces();
  const [opened] = useState(() => Date.now());
  const filter = useMemo(() => toAuditFilter(search, opened), [search, opened]);
  const change = (next: AuditSearch) => void navigate({ to: "/audit", search: next, replace: true });
  const filters = [
    { name: "workspace", label: "Workspace", options: workspaces.map(({ name }) => ({ value: name, label: name })) },
    { name: "since", label: "Since", options: Object.keys(SINCE).map((value) => ({ value, label: `last ${value}` })) },
    ...Object.entries(TYPED).map(([name, label]) => ({ name, label, options: [] })),
  ];
  const chosen = Object.fromEntries(Object.entries(search).map(([name, value]) => [name, value === undefined ? [] : [value]]));
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageHead title="Audit"><Export filter={filter} /></PageHead>
      <div role="search" className="filters">
        <TypedFilter onAdd={(name, value) => change({ ...search, [name]: value })} />
        <FilterChips filters={filters} chosen={chosen} onChange={(name, values) => change({ ...search, [name]: values.at(-1) })} />
      </div>
      <Entries filter={filter} />
    </div>
  );
}

/** One of the filters that one types, such as `login.` for all sign-ins. */
function TypedFilter({ onAdd }: { onAdd: (name: Typed, value: string) => void }) {
  const [name, setName] = useState<Typed>("what");
  const [value, setValue] = useState("");
  const id = useId();
  return (
    <form className="flex items-center gap-1" onSubmit={(event) => { event.preventDefault(); if (value) onAdd(name, value); setValue(""); }}>
      <select aria-label="Filter by" value={name} onChange={(event) => setName(event.target.value as Typed)} className="min-h-(--target) rounded-md border border-line bg-surface px-1.5">
        {Object.entries(TYPED).map(([key, label]) => <option key={key} value={key}>{label}</option>)}
      </select>
      <Input id={id} data-filter aria-label={TYPED[name]} placeholder={name === "what" ? "login. or jobs.cancel" : "the whole value"} value={value} className="!w-44" onChange={(event) => setValue(event.target.value.trim())} />
      <Button type="submit">Add filter</Button>
    </form>
  );
}

function Entries({ filter }: { filter: ReturnType<typeof toAuditFilter> }) {
  const audit = useAudit(filter);
  const [shown, setShown] = useState<AuditEntry | null>(null);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = audit;
  const rows = useMemo(() => audit.data?.pages.flat() ?? [], [audit.data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (audit.isPending) return <Skeleton />;
  if (audit.isError && rows.length === 0) return <div className="px-4"><ErrorState error={audit.error} what="The audit trail could not be read" onRetry={() => void audit.refetch()} /></div>;
  if (rows.length === 0) return <EmptyState title={Object.values(filter).every((each) => each === undefined) ? "Nothing has been changed on this server yet." : "No change fits these filters."} />;
  return (
    <>
      <DataTable label="Audit trail" rows={rows} columns={COLUMNS} idOf={idOf} onEnd={more} onOpen={setShown} />
      {shown && <EntrySheet entry={shown} onClose={() => setShown(null)} />}
    </>
  );
}

function Export({ filter }: { filter: ReturnType<typeof toAuditFilter> }) {
  const [busy, setBusy] = useState(false);
  const toast = useToast();
  const save = async () => {
    setBusy(true);
    try {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([await exportAudit(filter)], { type: "application/x-ndjson" }));
      link.download = "audit.ndjson";
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      toast(`The export failed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      setBusy(false);
    }
  };
  return <Button disabled={busy} onClick={() => void save()}><Download size={13} aria-hidden />{busy ? "Reading…" : "Export NDJSON"}</Button>;
}
