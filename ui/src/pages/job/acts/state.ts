import type { JobDetail } from "../../../queries/jobs";

const known = new WeakMap<JobDetail, string>();

/** Changes whenever the job or a step of it has moved: what may be done is then asked again. Of 10,000 steps it is a short text too. */
export function stateOf(job: JobDetail): string {
  const found = known.get(job) ?? `${job.status} ${job.waiting_on} ${job.completed_at} ${hash(job.steps.map((step) => `${step.status[0]}${step.attempt}`).join())}`;
  known.set(job, found);
  return found;
}

/** FNV-1a. */
function hash(text: string): string {
  let found = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) found = Math.imul(found ^ text.charCodeAt(at), 0x01000193);
  return (found >>> 0).toString(36);
}
