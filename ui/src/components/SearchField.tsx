import { Search } from "lucide-react";
import { useEffect, useState } from "react";
import { Input } from "./Field";

const WAIT_MS = 250;

/** A field that filters as one types; `/` goes to it (the frame looks for `data-filter`). */
export function SearchField({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), WAIT_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <label className="relative inline-flex w-56 max-w-full items-center">
      <span className="sr-only">{label}</span>
      <Search size={13} aria-hidden className="absolute left-2 text-muted" />
      <Input type="search" data-filter value={typed} placeholder="Filter" onChange={(event) => setTyped(event.target.value)} className="pl-7" />
    </label>
  );
}
