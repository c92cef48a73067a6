import { StatusChip } from "../../../components/Status";
import { Duration, Time } from "../../../components/Time";
import type { Step } from "../../../queries/jobs";

export function Attempts({ step }: { step: Step }) {
  if (step.attempts.length === 0) return <p className="p-4 text-muted">No worker has run this step.</p>;
  return (
    <div tabIndex={0} role="group" aria-label="Attempts" className="min-h-0 flex-1 overflow-auto p-4 -outline-offset-2">
      <table className="w-full text-left">
        <thead className="text-12 text-muted">
          <tr>{["Attempt", "Status", "Started", "Duration", "Exit code", "Worker"].map((head) => <th key={head} className="pr-4 font-normal">{head}</th>)}</tr>
        </thead>
        <tbody>
          {step.attempts.map((attempt) => (
            <tr key={attempt.attempt} className="border-t border-line">
              <td className="py-1 pr-4">{attempt.attempt}</td>
              <td className="pr-4"><StatusChip status={attempt.status} /></td>
              <td className="pr-4"><Time at={attempt.started_at} /></td>
              <td className="pr-4"><Duration from={attempt.started_at} to={attempt.completed_at} /></td>
              <td className="pr-4">{attempt.exit_code ?? "–"}</td>
              <td className="pr-4 text-muted">{attempt.worker_id ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
