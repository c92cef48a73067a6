import type { JobDetail } from "../../../queries/jobs";

/** Changes whenever the job or a step of it has moved: what may be done is then asked again. */
export const stateOf = (job: JobDetail): string =>
  [job.status, job.waiting_on, job.completed_at, ...job.steps.map((step) => `${step.status[0]}${step.attempt}`)].join();
