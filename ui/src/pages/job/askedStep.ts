/** Of which step the server tells what may be done and why: of a job with many steps, of the chosen one alone. */
import type { JobDetail } from "../../queries/jobs";

const MANY = 100;

export const askedStep = (job: Pick<JobDetail, "steps_total" | "steps">, step: string | undefined): string | undefined =>
  job.steps_total > MANY || job.steps.length > MANY ? step : undefined;
