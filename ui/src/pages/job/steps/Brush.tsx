/** Above the bars: two handles choose which part of the time of the job they show. */
import { Button } from "../../../components/Button";
import { duration } from "../../../lib/time";
import { type Part, WHOLE } from "../search";
import type { Span } from "./bars";

/** The least that is shown, in thousandths. */
const LEAST = 10;
const MAX_MARKS = 200;

type Props = { whole: Span; part: Part; onPart: (part: Part) => void; failed: readonly (string | null)[] };

export function Brush({ whole, part, onPart, failed }: Props) {
  const all = whole.end - whole.start;
  const after = (share: number) => duration((all * share) / WHOLE.to);
  const isPart = part.from > 0 || part.to < WHOLE.to;
  const marks = failed.flatMap((time) => (time ? [((Date.parse(time) - whole.start) / all) * 100] : [])).filter((left) => left >= 0 && left <= 100).slice(0, MAX_MARKS);
  return (
    <div className="flex items-center gap-2 px-4 pb-1 text-12 text-muted">
      <span className="min-w-16">{after(part.from)}</span>
      <span className="brush relative mx-3 flex-1 rounded-sm bg-panel">
        <span aria-hidden className="absolute inset-y-0 rounded-sm bg-selected" style={{ left: `${part.from / 10}%`, width: `${(part.to - part.from) / 10}%` }} />
        {marks.map((left, index) => <span key={index} aria-hidden className="absolute inset-y-0 w-0.5 bg-bad" style={{ left: `${left}%` }} />)}
        <input type="range" min={0} max={WHOLE.to} value={part.from} aria-label="Show from" aria-valuetext={`${after(part.from)} after the job began`}
          onChange={(event) => onPart({ ...part, from: Math.min(Number(event.target.value), part.to - LEAST, WHOLE.to - LEAST) })} />
        <input type="range" min={0} max={WHOLE.to} value={part.to} aria-label="Show until" aria-valuetext={`${after(part.to)} after the job began`}
          onChange={(event) => onPart({ ...part, to: Math.max(Number(event.target.value), part.from + LEAST) })} />
      </span>
      <span className="min-w-16 text-right">{after(part.to)}</span>
      {isPart && <Button look="quiet" className="!min-h-[24px] text-12" onClick={() => onPart(WHOLE)}>Show whole time</Button>}
    </div>
  );
}
