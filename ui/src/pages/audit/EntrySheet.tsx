import { Link } from "@tanstack/react-router";
import { OverlayBody, Sheet } from "../../components/Overlay";
import { absolute } from "../../lib/time";
import { shortId } from "../../lib/ids";
import type { AuditEntry } from "../../queries/audit";
import { jobsOf } from "./filters";

/** One entry, whole. */
export function EntrySheet({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const facts: Record<string, string | null> = {
    when: absolute(entry.at), who: entry.actor, key: entry.api_key, from: entry.address, workspace: entry.workspace, target: entry.subject, outcome: entry.outcome, ...entry.details,
  };
  const jobs = jobsOf(entry);
  return (
    <Sheet open onClose={onClose} title={entry.what} about={`Entry ${entry.id}`}>
      <OverlayBody>
        <dl className="grid grid-cols-[minmax(80px,auto)_1fr] gap-x-4 gap-y-1">
          {Object.entries(facts).filter(([, value]) => value !== null).map(([name, value]) => (
            <div key={name} className="contents"><dt className="text-muted">{name}</dt><dd className="break-all">{value}</dd></div>
          ))}
        </dl>
        {jobs.length > 0 && <h3 className="mt-4 mb-1 text-14">Jobs</h3>}
        <ul>{jobs.map((id) => <li key={id}><Link to="/jobs/$id" params={{ id }} className="font-mono text-12 text-accent underline">{shortId(id)}</Link></li>)}</ul>
      </OverlayBody>
    </Sheet>
  );
}
