/** Steps that are ready, and that no worker takes: first on the page, as somebody must do something about them. */
import { Link } from "@tanstack/react-router";
import { shortId } from "../../lib/ids";
import type { Unassigned as Step } from "../../queries/queue";

export function Unassigned({ steps }: { steps: readonly Step[] }) {
  if (steps.length === 0) return null;
  return (
    <section className="mx-4 mt-2 rounded-md border border-waits p-3">
      <h2 className="text-14">Waiting for a worker · {steps.length}</h2>
      <ul className="mt-1">
        {steps.map(({ job, step, explanation, tags }) => (
          <li key={`${job.job_id} ${step}`} className="border-t border-line py-1 first:border-0">
            <Link to="/jobs/$id" params={{ id: job.job_id }} className="hover:underline"><span className="font-medium">{step}</span> of {job.task_name} <span className="font-mono text-12 text-muted">{shortId(job.job_id)}</span></Link>
            {tags.length > 0 && <span className="text-muted"> asks for {tags.map((tag) => <code key={tag} className="mr-1 rounded-sm bg-panel px-1 text-12">{tag}</code>)}</span>}
            <p className="text-12 break-words text-muted">{explanation}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
