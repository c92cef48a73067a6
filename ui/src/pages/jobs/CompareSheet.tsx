/** How two jobs differ: their steps, what went in and came out, and their definitions. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Loaded } from "../../components/Loaded";
import { OverlayBody, Sheet } from "../../components/Overlay";
import { StatusChip, StatusGlyph } from "../../components/Status";
import { Time } from "../../components/Time";
import { shortId, shortRevision } from "../../lib/ids";
import { duration } from "../../lib/time";
import { type JobDifference, useDifference } from "../../queries/bulk";

type Props = { before: string; after: string; onClose: () => void };

export function CompareSheet({ before, after, onClose }: Props) {
  const difference = useDifference(before, after);
  return (
    <Sheet open onClose={onClose} title="Compare two jobs">
      <OverlayBody>
        <Loaded query={difference} what="The two jobs could not be compared">{(found) => <Difference found={found} />}</Loaded>
      </OverlayBody>
    </Sheet>
  );
}

function Difference({ found }: { found: JobDifference }) {
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-2"><One job={found.before} /><One job={found.after} /></div>
      <Part title="Steps"><Steps found={found} /></Part>
      <Part title="Input"><Values of={found.input} /></Part>
      <Part title="Output"><Values of={found.output} /></Part>
      <Part title="Definition">
        {found.definition.length === 0 ? <None /> : <ul>{found.definition.map((each, index) => <li key={index} className="break-words">{each.breaking && <strong>Breaking: </strong>}{each.kind} <span className="font-medium">{each.name}</span>: {each.summary}{each.file && <span className="font-mono text-12 text-muted"> {each.file}:{each.line}</span>}</li>)}</ul>}
      </Part>
    </>
  );
}

function One({ job }: { job: JobDifference["before"] }) {
  return (
    <section className="min-w-0 rounded-md border border-line p-3">
      <p className="flex flex-wrap items-center gap-2"><StatusChip status={job.status} /> <Link to="/jobs/$id" params={{ id: job.job_id }} className="font-mono text-12 text-accent underline">{shortId(job.job_id)}</Link> <Time at={job.created_at} /></p>
      <p className="break-words">{job.workspace}/{job.task_name}</p>
      <p className="clip text-muted"><span className="font-mono text-12">{shortRevision(job.revision)}</span> {job.commit?.subject} · {seconds(job.duration_secs)}</p>
    </section>
  );
}

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="mt-4"><h3 className="mb-1 text-14">{title}</h3>{children}</section>
);

const None = () => <p className="text-muted">No difference.</p>;
const seconds = (value: number | null | undefined) => (value === null || value === undefined ? "–" : duration(value * 1000));

function Steps({ found }: { found: JobDifference }) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-left">
        <thead className="text-12 text-muted"><tr><th className="pr-3 font-normal">Step</th><th className="pr-3 font-normal">Before</th><th className="pr-3 font-normal">After</th><th className="font-normal">First line that differs</th></tr></thead>
        <tbody>
          {found.steps.map((step) => (
            <tr key={step.step_name} className="border-t border-line align-top">
              <td className={step.differs ? "py-1 pr-3 font-medium break-words" : "py-1 pr-3 break-words text-muted"}>{step.step_name}{step.differs && <span className="sr-only"> differs</span>}</td>
              <td className="py-1 pr-3 whitespace-nowrap"><Side step={step.before} /></td>
              <td className="py-1 pr-3 whitespace-nowrap"><Side step={step.after} /></td>
              <td className="py-1 font-mono text-12 break-all">{step.log && <><span className="text-muted">{step.log.line}: − </span>{step.log.before ?? "(nothing)"}<br /><span className="text-muted">{step.log.line}: + </span>{step.log.after ?? "(nothing)"}</>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Side({ step }: { step: JobDifference["steps"][number]["before"] }) {
  if (!step) return <span className="text-muted">not there</span>;
  return <span className="inline-flex items-center gap-1.5"><StatusGlyph status={step.status} /> {seconds(step.duration_secs)}</span>;
}

function Values({ of }: { of: JobDifference["input"] }) {
  if (of.length === 0) return <None />;
  return (
    <dl className="font-mono text-12 break-all">
      {of.map((each) => <div key={each.name} className="mb-1"><dt className="font-semibold">{each.name}</dt><dd>− {show(each.before)}</dd><dd>+ {show(each.after)}</dd></div>)}
    </dl>
  );
}

const show = (value: unknown): string => (value === undefined ? "(not there)" : JSON.stringify(value));
