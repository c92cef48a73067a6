/** All that happened to one definition: details before and after, the callers that break, fires of schedules. */
import { Place } from "../../components/Problems";
import { classes } from "../../lib/classes";
import { absolute } from "../../lib/time";
import { type Change, type Detail, firesOf, shownValue } from "./words";

const SIGNS = { added: "+", removed: "−", changed: "~", renamed: "→" } as const;
const LOOKS = { added: "text-good", removed: "text-bad", changed: "text-waits", renamed: "text-live" } as const;

type LinkOf = (file: string, line: number | null) => string | null;

export function ChangeCard({ change, linkOf }: { change: Change; linkOf: LinkOf }) {
  return (
    <li className={classes("min-w-0 rounded-md border", change.breaking ? "border-bad" : "border-line")}>
      <div className="flex flex-wrap items-baseline gap-x-2 px-3 py-2">
        <span aria-hidden className={classes("font-mono font-semibold", LOOKS[change.change])}>{SIGNS[change.change]}</span>
        <h3 className="min-w-0 font-mono text-13 break-all">{change.name}</h3>
        <span className="text-12 text-muted">{change.change}</span>
        {change.breaking && <span className="rounded-sm bg-bad px-1.5 text-12 font-semibold text-on-bad">Breaking</span>}
        {change.contract && !change.breaking && <span className="rounded-sm border border-waits px-1.5 text-12 font-medium">Contract</span>}
        {change.file && <span className="ml-auto min-w-0"><Place file={change.file} line={change.line} href={change.change === "removed" ? null : linkOf(change.file, change.line)} /></span>}
      </div>
      {change.details.length === 0 && change.summary !== change.change && <p className="px-3 pb-2 break-words text-muted">{change.summary}</p>}
      {change.details.length > 0 && (
        <ul className="border-t border-line">
          {change.details.map((detail, index) => <DetailRow key={index} detail={detail} linkOf={linkOf} />)}
        </ul>
      )}
    </li>
  );
}

function DetailRow({ detail, linkOf }: { detail: Detail; linkOf: LinkOf }) {
  const fires = firesOf(detail);
  return (
    <li className="border-b border-line px-3 py-2 text-12 last:border-0">
      <p className="font-mono break-all text-muted">{detail.path === "next_fires" ? "fires next" : detail.path}</p>
      {fires ? <Fires {...fires} /> : detail.path !== "used_by" && <BeforeAfter detail={detail} />}
      {detail.callers.length > 0 && <Callers detail={detail} linkOf={linkOf} />}
    </li>
  );
}

function BeforeAfter({ detail }: { detail: Detail }) {
  return (
    <div className="grid gap-x-3 md:grid-cols-2">
      {detail.change !== "added" && <Value label="Before" sign="−" look="text-bad" value={detail.before} />}
      {detail.change !== "removed" && <Value label="After" sign="+" look="text-good" value={detail.after} />}
    </div>
  );
}

function Value({ label, sign, look, value }: { label: string; sign: string; look: string; value: unknown }) {
  return (
    <p className="flex min-w-0 gap-1.5 font-mono">
      <span aria-hidden className={look}>{sign}</span><span className="sr-only">{label}: </span>
      <span className="min-w-0 break-words whitespace-pre-wrap">{shownValue(value)}</span>
    </p>
  );
}

function Fires({ before, after }: { before: string[]; after: string[] }) {
  const list = (label: string, times: string[]) => (
    <div className="min-w-0">
      <p className="font-medium">{label}</p>
      {times.length === 0 ? <p className="text-muted">never</p> : <ul>{times.map((at) => <li key={at}><time dateTime={at} title={at}>{absolute(at)}</time></li>)}</ul>}
    </div>
  );
  return <div className="mt-1 grid gap-3 md:grid-cols-2">{list("Before", before)}{list("After", after)}</div>;
}

function Callers({ detail, linkOf }: { detail: Detail; linkOf: LinkOf }) {
  return (
    <div className="mt-1 flex flex-wrap items-baseline gap-x-3">
      <span className={detail.breaking ? "font-semibold text-bad" : "text-muted"}>{detail.breaking ? "breaks" : "used by"}</span>
      {detail.callers.map((caller, index) => (
        <span key={index} className="min-w-0 break-all">
          {caller.kind === "outside" ? caller.name : `${caller.kind} ${caller.name}`}
          {caller.file && <> <Place file={caller.file} line={caller.line} href={linkOf(caller.file, caller.line)} /></>}
        </span>
      ))}
    </div>
  );
}
