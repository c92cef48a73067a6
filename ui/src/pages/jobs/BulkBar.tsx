/** What can be done with the rows that are selected. */
import { X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "../../components/Button";
import type { BulkOperation, Meant } from "../../queries/bulk";
import { useOffer } from "../../lib/pageActs";
import type { JobFilter } from "../../queries/jobs";
import { BulkDialog } from "./BulkDialog";
import { act, allOf } from "./words";

type Props = {
  selected: ReadonlySet<string>;
  filter: JobFilter;
  onClear: () => void;
  onCompare: (ids: string[]) => void;
};

const COMPARE = "Compare jobs";
const OPERATIONS: readonly BulkOperation[] = ["cancel", "retry", "restart", "delete"];

export function BulkBar({ selected, filter, onClear, onCompare }: Props) {
  const [isAll, setIsAll] = useState(false);
  const [asked, setAsked] = useState<BulkOperation | null>(null);
  const ids = [...selected];
  const labelOf = (operation: BulkOperation) => (isAll ? allOf(operation) : act(operation, ids.length));
  const meant: Meant = isAll ? { filter } : { job_ids: ids };
  useOffer([
    ...OPERATIONS.map((operation) => ({ label: `${labelOf(operation)}…`, about: "selected", onSelect: () => setAsked(operation) })),
    ...(!isAll && ids.length === 2 ? [{ label: COMPARE, about: "selected", onSelect: () => onCompare(ids) }] : []),
  ]);
  return (
    <div role="toolbar" aria-label="Selected jobs" className="mx-4 mb-2 flex flex-wrap items-center gap-1.5 rounded-md bg-selected px-2 py-1">
      <span className="px-1 font-medium" aria-live="polite">{isAll ? "All that these filters find" : `${ids.length} selected`}</span>
      {OPERATIONS.map((operation) => <Button key={operation} onClick={() => setAsked(operation)}>{labelOf(operation)}…</Button>)}
      {!isAll && ids.length === 2 && <Button onClick={() => onCompare(ids)}>{COMPARE}</Button>}
      <span className="ml-auto flex items-center gap-1">
        <Button look="quiet" onClick={() => setIsAll(!isAll)}>{isAll ? "Only those selected" : "All that fit"}</Button>
        <IconButton name="Select none" onClick={onClear}><X size={14} aria-hidden /></IconButton>
      </span>
      {asked && <BulkDialog operation={asked} meant={meant} onClose={() => setAsked(null)} onDone={onClear} />}
    </div>
  );
}
