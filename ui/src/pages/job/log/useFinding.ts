/** Goes to the next and the previous line that the server finds. */
import { useMemo, useRef, useState } from "react";
import { type Find, findLines, type LogLine, type LogPart, type LogSource, PAGE_LINES, useReadPage } from "../../../queries/logs";
import { Finder } from "./finder";
import { locate } from "./locate";

export type Way = "next" | "previous";

/** What is looked through: the lines that are counted, and those that came since. */
export type Log = { source: LogSource; parts: readonly LogPart[]; counted: number; tail: readonly LogLine[] };

export type Finding = { state: "idle" | "pending" | "none" | "failed"; place: number; known: number; isComplete: boolean };

const IDLE: Finding = { state: "idle", place: 0, known: 0, isComplete: false };

const lastOf = (parts: readonly LogPart[]) => Math.max(0, ...parts.map((part) => part.last));

/** `go` calls `onFound` with the index of the line and its `seq`; `from`: the `seq` of the line that one is at. */
export function useFinding(log: Log, what: Find | null, onFound: (index: number, seq: number) => void) {
  const { source, parts, counted, tail } = log;
  const [finding, setFinding] = useState<Finding>(IDLE);
  const readPage = useReadPage(source, counted);
  const turn = useRef(0);
  const grown = counted + tail.length;
  const key = JSON.stringify([source, what, grown]);
  const finder = useMemo(() => {
    const [of, find] = JSON.parse(key) as [LogSource, Find | null];
    return find && new Finder((since, limit) => findLines(of, find, since, limit));
  }, [key]);

  const indexOf = (seq: number): Promise<number> => {
    const last = lastOf(parts);
    if (seq > last) {
      const at = tail.findIndex((line) => line.seq === seq);
      return Promise.resolve(at < 0 ? -1 : counted + at);
    }
    const first = Math.min(...parts.map((part) => part.first));
    return locate(seq, { count: counted, first, last }, PAGE_LINES, readPage);
  };

  const go = async (way: Way, from: number | null) => {
    if (!finder) return setFinding(IDLE);
    const mine = ++turn.current;
    setFinding((now) => ({ ...now, state: "pending" }));
    try {
      const start = from ?? (way === "next" ? 0 : (tail.at(-1)?.seq ?? lastOf(parts)) + 1);
      const hit = await finder[way](start);
      const index = hit ? await indexOf(hit.seq) : -1;
      if (mine !== turn.current) return;
      const known = { known: finder.hits.length, isComplete: finder.isComplete };
      if (!hit || index < 0) return setFinding({ ...known, state: "none", place: 0 });
      setFinding({ ...known, state: "idle", place: finder.placeOf(hit.seq) });
      onFound(index, hit.seq);
    } catch {
      if (mine === turn.current) setFinding({ ...IDLE, state: "failed" });
    }
  };
  return { finding, go };
}
