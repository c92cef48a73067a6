/** What can be done with the rows that are selected. */
import { X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "../../components/Button";
import type { BulkOperation, Meant } from "../../queries/bulk";
import type { JobFilter } from "../../queries/jobs";
import { BulkDialog } from "./BulkDialog";

type Props = {
  selected: ReadonlySet<string>;
  filter: JobFilter;
  onClear: () => void;
  onCompare: (ids: string[]) => void;
};

const OPERATIONS: readonly { operation: BulkOperation; label: string }[] = [
  { operation: "cancel", label: "Cancel…" },
  { operation: "retry", label: "Retry…" },
  { operation: "restart", label: "Restart…" },
  { operation: "delete", label: "Delete…" },
];

export function BulkBar({ selected, filter, onClear, onCompare }: Props) {
  const [isAll, setIsAll] = useState(false);
  const [asked, setAsked] = useState<BulkOperation | null>(null);
  const ids = [...selected];
  const meant: Meant = isAll ? { filter } : { job_ids: ids };
  return (
    <div role="toolbar" aria-label="Selected jobs" className="mx-4 mb-2 flex flex-wrap items-center gap-1.5 rounded-md bg-selected px-2 py-1">
      <span className="px-1 font-medium" aria-live="polite">{isAll ? "All that these filters find" : `${ids.length} selected`}</span>
      {OPERATIONS.map(({ operation, label }) => <Button key={operation} onClick={() => setAsked(operation)}>{label}</Button>)}
      {!isAll && ids.length === 2 && <Button onClick={() => onCompare(ids)}>Compare</Button>}
      <span className="ml-auto flex items-center gap-1">
        <Button look="quiet" onClick={() => setIsAll(!isAll)}>{isAll ? "Only those selected" : "All that fit"}</Button>
        <IconButton name="Select none" onClick={onClear}><X size={14} aria-hidden /></IconButton>
      </span>
      {asked && <BulkDialog operation={asked} meant={meant} onClose={() => setAsked(null)} onDone={onClear} />}
    </div>
  );
}
