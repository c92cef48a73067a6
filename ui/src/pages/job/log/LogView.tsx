/** The lines of a log, of which only those in view are read; opens at the failure, at the lines of the address, or at the end. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useKeys } from "../../../lib/useKeys";
import { type Find, type LogPart, type LogSource, PAGE_LINES, useLogPages } from "../../../queries/logs";
import { useLogTail } from "../../../queries/logTail";
import type { Lines } from "./lines";
import { LogBar } from "./LogBar";
import { LogLines } from "./LogLines";
import { useFinding, type Way } from "./useFinding";
import { useLinesUntil } from "./useMoment";
import { useViewport } from "./useViewport";

type Props = {
  source: LogSource;
  parts: readonly LogPart[];
  isOpen: boolean;
  /** Its index; null where nothing failed. */
  firstError: number | null;
  marked: Lines | null;
  onMark: (from: number, to: number) => void;
  onStale: () => void;
  /** Where the job is shown as it stood at a moment: the log ends there. */
  until: string | null;
  attempts: readonly number[];
  onAttempt: (attempt: number) => void;
};

/** What looks like an error to the server's search. */
const ERRORS: Find = { regex: "\\b(error|errors|fatal|panic|panicked|traceback|exception|failed|failure)\\b" };

export function LogView({ source, parts, isOpen, firstError, marked, onMark, onStale, until, attempts, onAttempt }: Props) {
  const counted = parts.reduce((sum, part) => sum + part.lines, 0);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const last = Math.max(0, ...parts.map((part) => part.last));
  const tail = useLogTail(source, isOpen ? last : null, onStale);
  const printed = useLinesUntil(source, counted, until);
  const count = until === null ? counted + tail.length : printed;
  const viewport = useViewport(count);
  const { lines, error } = useLogPages(source, viewport.settledPages(PAGE_LINES, counted), counted);
  const lineAt = (index: number) => (index < counted ? lines.get(Math.floor(index / PAGE_LINES))?.[index % PAGE_LINES] : tail[index - counted]);

  const [follows, setFollows] = useState(isOpen && firstError === null && marked === null);
  const [cursor, setCursor] = useState<{ index: number; seq: number | null } | null>(firstError === null ? null : { index: firstError, seq: null });
  const [wanted, setWanted] = useState("");
  const { scrollTo, isReady } = viewport;

  const hasOpened = useRef(false);
  useLayoutEffect(() => {
    if (!isReady || hasOpened.current || count === 0) return;
    hasOpened.current = true;
    if (marked) scrollTo(marked.from - 1, "middle");
    else if (firstError !== null) scrollTo(firstError, "middle");
    else scrollTo(count - 1, "end");
  }, [isReady, count, marked, firstError, scrollTo]);
  useLayoutEffect(() => {
    if (follows && count > 0) scrollTo(count - 1, "end");
  }, [follows, count, scrollTo]);
  useEffect(() => {
    if (!isOpen) setFollows(false);
  }, [isOpen]);
  useLayoutEffect(() => {
    if (until !== null && count > 0) scrollTo(count - 1, "end");
  }, [until, count, scrollTo]);

  const show = useCallback((index: number, seq: number) => {
    setFollows(false);
    setCursor({ index, seq });
    scrollTo(index, "middle");
  }, [scrollTo]);
  const log = { source, parts, counted, tail };
  const errors = useFinding(log, ERRORS, show);
  const search = useFinding(log, wanted === "" ? null : { q: wanted }, show);
  const from = cursor === null ? null : (cursor.seq ?? lineAt(cursor.index)?.seq ?? null);
  const goError = (way: Way) => void errors.go(way, from);

  useKeys({
    e: () => goError("next"),
    E: () => goError("previous"),
    f: () => isOpen && setFollows((now) => !now),
    y: () => void copyAddress(),
  });
  const copyAddress = async () => {
    if (cursor && !marked) onMark(cursor.index + 1, cursor.index + 1);
    await new Promise((then) => requestAnimationFrame(then)); // the address follows
    await navigator.clipboard.writeText(location.href);
  };

  return (
    <>
      <LogBar source={source} count={count} bytes={bytes} isOpen={isOpen} follows={follows} onFollow={setFollows} attempts={attempts} onAttempt={onAttempt}
        errors={errors.finding} onError={goError} search={search.finding} wanted={wanted} onWanted={setWanted} onSearch={(way) => void search.go(way, from)} readError={error} />
      {count === 0 ? (
        <p className="border-t border-line p-4 text-muted">{until !== null ? "Nothing was printed by this moment." : isOpen ? "Nothing was printed yet." : "This step printed nothing."}</p>
      ) : (
        <LogLines viewport={viewport} lineAt={lineAt} wanted={wanted} cursor={cursor?.index ?? null} marked={marked} onMark={onMark} onLeaveEnd={() => setFollows(false)} />
      )}
    </>
  );
}
