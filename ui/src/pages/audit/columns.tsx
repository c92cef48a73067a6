import { Link } from "@tanstack/react-router";
import type { Column } from "../../components/table/columns";
import { Time } from "../../components/Time";
import { shortId } from "../../lib/ids";
import type { AuditEntry } from "../../queries/audit";
import { jobsOf } from "./filters";

export const COLUMNS: readonly Column<AuditEntry>[] = [
  { id: "at", head: "When", width: "92px", cell: (entry) => <Time at={entry.at} /> },
  { id: "actor", head: "Who", width: "minmax(90px, 1fr)", cell: (entry) => <span title={entry.actor}>{entry.actor}{entry.api_key && <span className="text-muted"> with {entry.api_key}</span>}</span> },
  { id: "what", head: "What", width: "minmax(110px, 1fr)", cell: (entry) => <><span className="font-mono text-12">{entry.what}</span>{entry.outcome === "refused" && <strong className="text-bad"> refused</strong>}</> },
  { id: "subject", head: "Target", width: "minmax(100px, 1.4fr)", from: 480, below: true, cell: (entry) => <Target entry={entry} /> },
  { id: "workspace", head: "Workspace", width: "minmax(80px, 0.7fr)", from: 860, cell: (entry) => <span className="text-muted">{entry.workspace ?? "–"}</span> },
  { id: "address", head: "From", width: "minmax(90px, 0.7fr)", from: 720, cell: (entry) => <span className="text-muted">{entry.address ?? "–"}</span> },
  { id: "details", head: "Details", width: "minmax(120px, 2fr)", from: 980, below: true, cell: (entry) => <Details entry={entry} /> },
];

function Target({ entry }: { entry: AuditEntry }) {
  const [job] = jobsOf(entry);
  if (job !== undefined && job === entry.subject) return <Link to="/jobs/$id" params={{ id: job }} tabIndex={-1} className="hover:underline">job <span className="font-mono text-12">{shortId(job)}</span></Link>;
  return <span title={entry.subject ?? undefined}>{entry.subject ?? "–"}</span>;
}

function Details({ entry }: { entry: AuditEntry }) {
  const text = Object.entries(entry.details).map(([name, value]) => `${name}: ${value}`).join(" · ");
  return <span className="text-muted" title={text}>{text}</span>;
}
