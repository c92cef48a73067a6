/** Above the lines: how many there are, the attempt, the search, the errors, following, and the download. */
import { ArrowDown, ArrowUp, Download } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { Button, IconButton } from "../../../components/Button";
import { INPUT } from "../../../components/Field";
import { Select } from "../../../components/Select";
import { classes } from "../../../lib/classes";
import type { LogSource } from "../../../queries/logs";
import { bytes as inBytes } from "../../../lib/bytes";
import type { Finding, Way } from "./useFinding";

type Props = {
  source: LogSource;
  count: number;
  bytes: number;
  isOpen: boolean;
  follows: boolean;
  onFollow: (follows: boolean) => void;
  attempts: readonly number[];
  onAttempt: (attempt: number) => void;
  errors: Finding;
  onError: (way: Way) => void;
  search: Finding;
  wanted: string;
  onWanted: (wanted: string) => void;
  onSearch: (way: Way) => void;
  readError: Error | null;
};

const TYPED_MS = 300;

export function LogBar(props: Props) {
  const { source, count, bytes, isOpen, follows, onFollow, attempts, onAttempt, errors, onError, readError } = props;
  const last = attempts.at(-1);
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 px-4 py-1 max-md:gap-x-1">
      {attempts.length > 1 && source.attempt !== undefined && (
        <span className="w-36"><Select label="Attempt" value={String(source.attempt)} onChange={(next) => onAttempt(Number(next))} options={attempts.map((each) => ({ value: String(each), label: `Attempt ${each} of ${last}` }))} /></span>
      )}
      <span className="text-12 whitespace-nowrap text-muted max-md:sr-only">{count.toLocaleString()} {count === 1 ? "line" : "lines"}{bytes > 0 && `, ${inBytes(bytes)}`}</span>
      {readError && <span role="alert" className="text-12 text-bad">Some lines could not be read: {readError.message}</span>}
      <span className="flex-1 max-md:hidden" />
      {count > 0 && <Steps name="error" keys="e E" onGo={onError}><Told finding={errors} noun="error" /></Steps>}
      {count > 0 && <Search {...props} />}
      {isOpen && <Button look="quiet" keys="f" aria-pressed={follows} onClick={() => onFollow(!follows)}>{follows ? "Following" : "Follow"}</Button>}
      {count > 0 && <a href={addressOf(source)} download className="inline-flex min-h-(--target) items-center gap-1 rounded-md px-2 text-muted hover:bg-hover hover:text-ink"><Download size={13} aria-hidden /><span className="max-2xl:sr-only">Download</span></a>}
    </div>
  );
}

const addressOf = ({ jobId, step, attempt }: LogSource) =>
  `/api/jobs/${jobId}/steps/${encodeURIComponent(step)}/logs?format=text${attempt === undefined ? "" : `&attempt=${attempt}`}`;

function Search({ wanted, onWanted, onSearch, search }: Props) {
  const go = useRef(onSearch);
  useEffect(() => {
    go.current = onSearch;
  });
  useEffect(() => {
    if (wanted === "") return;
    const timer = setTimeout(() => go.current("next"), TYPED_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") {
      event.preventDefault();
      onSearch(event.shiftKey ? "previous" : "next");
    }
    if (event.key === "Escape") {
      if (wanted !== "") onWanted("");
      else event.currentTarget.blur();
    }
  };
  return (
    <span className="inline-flex min-w-24 flex-[0_1_11rem] items-center max-md:flex-1">
      <input type="search" data-filter aria-label="Find in this log" placeholder="Find in this log" value={wanted} spellCheck={false} autoComplete="off" onKeyDown={onKeyDown}
        onChange={(event) => onWanted(event.target.value)} className={classes(INPUT, "min-w-0")} />
      {wanted !== "" && <Steps name="match" keys="↵" onGo={onSearch}><Told finding={search} noun="match" /></Steps>}
    </span>
  );
}

function Steps({ name, keys, onGo, children }: { name: string; keys: string; onGo: (way: Way) => void; children: ReactNode }) {
  return (
    <span className="inline-flex items-center">
      {children}
      <IconButton name={`Previous ${name}`} onClick={() => onGo("previous")}><ArrowUp size={14} aria-hidden /></IconButton>
      <IconButton name={`Next ${name} (${keys})`} onClick={() => onGo("next")}><ArrowDown size={14} aria-hidden /></IconButton>
    </span>
  );
}

/** `3 of 12`, `3 of 200 and more`, `no error`. */
function Told({ finding, noun }: { finding: Finding; noun: string }) {
  return <span role="status" className="px-1 text-12 whitespace-nowrap text-muted">{told(finding, noun)}</span>;
}

function told({ state, place, known, isComplete }: Finding, noun: string): string {
  if (state === "pending") return "…";
  if (state === "failed") return "the search failed";
  if (state === "none") return known === 0 ? `no ${noun}` : `no more`;
  if (place === 0) return noun === "error" ? "Errors" : "";
  return `${place} of ${known}${isComplete ? "" : " and more"}`;
}
