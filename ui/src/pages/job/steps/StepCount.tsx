import type { JobDetail } from "../../../queries/jobs";

/** How many steps the flow has, how many instances its loops made, and how many have ended. */
export function StepCount({ job }: { job: JobDetail }) {
  const instances = job.steps_next === undefined ? job.steps.length - job.steps_total : 0;
  return (
    <h2 className="clip min-w-0 flex-1 text-12 font-normal text-muted">
      {job.steps_total.toLocaleString()} {job.steps_total === 1 ? "step" : "steps"}
      {instances > 0 && `, ${instances.toLocaleString()} instances of loops`}
      {job.steps_ended < job.steps_total && `, ${job.steps_ended} ended`}
    </h2>
  );
}
