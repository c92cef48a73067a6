/** What two jobs do not have in common: steps, input, output, definition. */
import { Link } from "@tanstack/react-router";
import { shortId, shortRevision } from "../../lib/ids";
import type { components } from "../../api/schema";
import { StatusChip } from "../Status";
import { Time } from "../Time";
import { CompareSteps } from "./CompareSteps";
import { took } from "./delta";

type JobDifference = components["schemas"]["JobDifference"];
type ValueChange = components["schemas"]["ValueChange"];

export function Difference({ diff, onStep }: { diff: JobDifference; onStep: (step: string) => void }) {
  return (
    <>
      <div className="mb-4 grid gap-3 md:grid-cols-2"><Side title="Before" job={diff.before} /><Side title="After" job={diff.after} /></div>
      <CompareSteps steps={diff.steps} onStep={onStep} />
      <Values title="Input" changes={diff.input} />
      <Values title="Output" changes={diff.output} />
      <h3 className="mt-5 mb-1">Definition</h3>
      {diff.definition.length === 0 ? (
        <p className="text-muted">{diff.before.revision === diff.after.revision ? "Both ran at the same revision." : "Nothing that the task uses has changed."}{!diff.has_files && " The files of both revisions are no longer here, and were not compared."}</p>
      ) : (
        <ul>
          {diff.definition.map((change, index) => (
            <li key={index} className="border-b border-line py-1.5">
              <span className="font-medium">{change.kind} {change.name}</span> {change.breaking && <strong className="text-waits">breaking: </strong>}{change.summary}
              {change.file && <span className="ml-2 font-mono text-12 text-muted">{change.file}{change.line === null ? "" : `:${change.line}`}</span>}
              {change.details.filter((detail) => shown(detail.before) !== shown(detail.after)).slice(0, 20).map((detail) => (
                <p key={detail.path} className="pl-3 font-mono text-12 break-all"><span className="text-muted">{detail.path}</span> <bdi>{shown(detail.before)}</bdi> → <bdi>{shown(detail.after)}</bdi></p>
              ))}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Side({ title, job }: { title: string; job: JobDifference["before"] }) {
  return (
    <div className="min-w-0 rounded-md border border-line p-3">
      <p className="mb-1 text-12 text-muted wrap-anywhere">{title}: {job.workspace}/{job.task_name}, <Time at={job.created_at} /></p>
      <p className="flex flex-wrap items-center gap-2">
        <StatusChip status={job.status} />
        <Link to="/jobs/$id" params={{ id: job.job_id }} className="font-mono text-12 text-accent underline">{shortId(job.job_id)}</Link>
        <span className="font-mono text-12">{shortRevision(job.revision)}</span>
        <span className="text-muted">{took(job.duration_secs)}</span>
      </p>
      {job.commit && <p className="clip text-muted" title={job.commit.subject}>{job.commit.subject}</p>}
    </div>
  );
}

function Values({ title, changes }: { title: string; changes: readonly ValueChange[] }) {
  if (changes.length === 0) return null;
  return (
    <>
      <h3 className="mt-5 mb-1">{title}</h3>
      <ul className="font-mono text-12">
        {changes.map((change) => <li key={change.name} className="py-0.5 break-all"><span className="text-muted">{change.name || "the whole"}:</span> <bdi>{shown(change.before)}</bdi> → <bdi>{shown(change.after)}</bdi></li>)}
      </ul>
    </>
  );
}

const MAX_TEXT = 300;
const shown = (value: unknown): string => (value === undefined ? "nothing" : (JSON.stringify(value) ?? "nothing").slice(0, MAX_TEXT));
