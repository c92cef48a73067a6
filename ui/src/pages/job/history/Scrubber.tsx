/** A slider over the history: drag it, ← →, or play it at 1 to 60 times its speed. */
import { Pause, Play } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, IconButton } from "../../../components/Button";
import { useKeys } from "../../../lib/useKeys";
import { absolute } from "../../../lib/time";
import type { HistoryEntry } from "../../../queries/history";
import { isMark, wordsOf } from "./words";

const SPEEDS = [1, 5, 20, 60] as const;
/** Entries that lie further apart are shown after this time: nobody wants to wait for a night. */
const MAX_WAIT_MS = 3000;
const MIN_WAIT_MS = 40;
const MAX_MARKS = 300;

type Props = { entries: readonly HistoryEntry[]; at: number | null; onAt: (seq: number | null) => void };

export function Scrubber({ entries, at, onAt }: Props) {
  const [speed, setSpeed] = useState<number>(1);
  const [plays, setPlays] = useState(false);
  const last = entries.length - 1;
  const found = at === null ? last : entries.findLastIndex((entry) => entry.seq <= at);
  const index = Math.max(0, found);
  const go = (next: number) => {
    const entry = entries[Math.min(Math.max(0, next), last)];
    if (entry) onAt(next >= last ? null : entry.seq);
  };
  useKeys({ ArrowLeft: () => go(index - 1), ArrowRight: () => go(index + 1) });
  useEffect(() => {
    const [now, next] = [entries[index], entries[index + 1]];
    if (!plays) return;
    if (!now || !next) return setPlays(false);
    const wait = (Date.parse(next.at) - Date.parse(now.at)) / speed;
    const timer = setTimeout(() => onAt(index + 1 >= last ? null : next.seq), Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, wait)));
    return () => clearTimeout(timer);
  }, [plays, speed, index, last, entries, onAt]);
  const shown = entries[index];
  if (!shown) return null;
  const togglePlay = () => {
    if (!plays && index === last) go(0);
    setPlays(!plays);
  };
  const marks = entries.map((entry, place) => ({ kind: isMark(entry), place, entry })).filter((mark) => mark.kind !== null).slice(0, MAX_MARKS);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-1.5">
      <IconButton name={plays ? "Stop" : "Play the history"} onClick={togglePlay}>{plays ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />}</IconButton>
      <Button look="quiet" className="font-mono text-12" onClick={() => setSpeed(SPEEDS[(SPEEDS.findIndex((each) => each === speed) + 1) % SPEEDS.length] ?? 1)}>{speed}×<span className="sr-only"> speed</span></Button>
      <span className="relative min-w-32 flex-1">
        <input type="range" min={0} max={last} value={index} aria-label="Moment of the history" aria-valuetext={`${wordsOf(shown)} ${shown.step_name ?? ""}, ${absolute(shown.at)}`}
          onChange={(event) => go(Number(event.target.value))} className="w-full accent-(--accent)" />
        <span aria-hidden className="pointer-events-none absolute inset-x-2 bottom-0 h-1.5">
          {marks.map(({ kind, place, entry }) => <span key={entry.seq} className={kind === "bad" ? "absolute h-1.5 w-0.5 bg-bad" : "absolute h-1.5 w-0.5 bg-waits"} style={{ left: `${(place / Math.max(1, last)) * 100}%` }} />)}
        </span>
      </span>
      <span className="text-12 whitespace-nowrap text-muted">{index + 1} of {entries.length}</span>
      {at !== null && <Button look="quiet" onClick={() => { setPlays(false); onAt(null); }}>Back to now</Button>}
    </div>
  );
}
