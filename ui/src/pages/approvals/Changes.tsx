/** What changed in the task between its last good run, which passed this question, and the job that asks now. */
import { Link } from "@tanstack/react-router";
import { Time } from "../../components/Time";
import { useLastGood } from "../../queries/jobContext";
import type { JobDetail } from "../../queries/jobs";
import { useTaskChanges } from "../../queries/task";

const MAX_SHOWN = 5;

export function Changes({ job }: { job: JobDetail }) {
  const { data: good } = useLastGood(job);
  const differs = Boolean(good && good.revision !== job.revision);
  const { data: plan } = useTaskChanges(job.workspace, job.task_name, good?.revision ?? "", job.revision, differs && job.commit !== null);
  if (good === undefined) return null;
  if (good === null) return <><dt>Changed</dt><dd>No job of this task completed before.</dd></>;
  const last = <Link to="/jobs/$id" params={{ id: good.job_id }} className="text-accent underline">the last good run</Link>;
  if (!differs) return <><dt>Changed</dt><dd>Nothing since {last}, <Time at={good.completed_at} />: it ran at the same revision.</dd></>;
  const changes = plan?.changes ?? [];
  return (
    <>
      <dt>Changed</dt>
      <dd>
        Since {last}, <Time at={good.completed_at} />{plan && changes.length === 0 && ": nothing that this task uses"}
        <ul aria-label="Changes since the last good run">
          {changes.slice(0, MAX_SHOWN).map((change, index) => <li key={index}>{change.breaking && <strong>Breaking: </strong>}{change.kind} <span className="font-medium">{change.name}</span>: {change.summary}</li>)}
          {changes.length > MAX_SHOWN && <li>and {changes.length - MAX_SHOWN} more</li>}
        </ul>
        {job.commit && <Link to="/git/$workspace/plan" params={{ workspace: job.workspace }} search={{ base: good.revision, head: job.revision }} className="text-accent underline">The whole difference</Link>}
      </dd>
    </>
  );
}
