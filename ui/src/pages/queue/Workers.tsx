/** The workers, and of one of them its last jobs. */
import { useState } from "react";
import { Link } from "@tanstack/react-router";
import { Button } from "../../components/Button";
import { Loaded } from "../../components/Loaded";
import { OverlayBody, Sheet } from "../../components/Overlay";
import { StatusChip } from "../../components/Status";
import { Time } from "../../components/Time";
import { shortId } from "../../lib/ids";
import { useWorker, type Worker } from "../../queries/queue";

const CELL = "py-1.5 pr-3";

export function Workers({ workers }: { workers: readonly Worker[] }) {
  const [shown, setShown] = useState<Worker | null>(null);
  return (
    <div className="overflow-x-auto px-4" tabIndex={0} role="region" aria-label="Workers">
      <table className="w-full text-left">
        <thead className="text-12 text-muted"><tr>{["Worker", "State", "Tags", "Runs", "Last heard of", "Version"].map((head) => <th key={head} className="pr-3 font-normal whitespace-nowrap">{head}</th>)}</tr></thead>
        <tbody>
          {workers.map((worker) => (
            <tr key={worker.worker_id} className="border-t border-line align-baseline">
              <td className={CELL}><Button look="quiet" className="-ml-2.5 !text-ink" onClick={() => setShown(worker)}>{worker.name}</Button></td>
              <td className={`${CELL} whitespace-nowrap`}>{worker.status === "active" ? <span><span aria-hidden className="text-good">●</span> active</span> : <span className="text-muted"><span aria-hidden>○</span> inactive</span>}</td>
              <td className={CELL}>{worker.tags.length === 0 ? <span className="text-muted">none</span> : worker.tags.map((tag) => <code key={tag} className="mr-1 rounded-sm bg-panel px-1 text-12">{tag}</code>)}</td>
              <td className={`${CELL} whitespace-nowrap`}>{worker.running} {worker.running === 1 ? "step" : "steps"}</td>
              <td className={CELL}><Time at={worker.last_heartbeat} none="never" /></td>
              <td className={`${CELL} text-muted`}>{worker.version}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown && <Detail worker={shown} onClose={() => setShown(null)} />}
    </div>
  );
}

function Detail({ worker, onClose }: { worker: Worker; onClose: () => void }) {
  const detail = useWorker(worker.worker_id);
  return (
    <Sheet open onClose={onClose} title={worker.name} about={`Registered ${new Date(worker.registered_at).toLocaleString()}`}>
      <OverlayBody>
        <h3 className="mb-1 text-14">Its last jobs</h3>
        <Loaded query={detail} what="The worker could not be read">
          {({ jobs }) => (jobs.length === 0 ? <p className="text-muted">None yet.</p> : (
            <ul>
              {jobs.map((job) => (
                <li key={job.job_id} className="flex min-h-8 items-center gap-3 border-t border-line">
                  <span className="w-24"><StatusChip status={job.status} /></span>
                  <Link to="/jobs/$id" params={{ id: job.job_id }} className="min-w-0 clip hover:underline"><span className="font-medium">{job.task_name}</span> <span className="font-mono text-12 text-muted">{shortId(job.job_id)}</span></Link>
                  <span className="ml-auto"><Time at={job.created_at} /></span>
                </li>
              ))}
            </ul>
          ))}
        </Loaded>
      </OverlayBody>
    </Sheet>
  );
}
