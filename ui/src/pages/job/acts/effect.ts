/** What an operation will do, from the steps as they stand: which run again, which are kept. */
import { hasEnded } from "../../../lib/status";
import type { JobDetail, Step } from "../../../queries/jobs";
import type { Act, RetryOptions } from "../../../queries/operations";

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const ofFlow = (job: JobDetail): Step[] => job.steps.filter((step) => step.loop_index === null);

/** A step and all that depends on it, directly or not. */
export function withDependents(job: JobDetail, name: string): Set<string> {
  const found = new Set([name]);
  const steps = ofFlow(job);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const step of steps) if (step.depends_on.some((each) => found.has(each))) found.add(step.step_name);
  }
  return found;
}

/** How many steps of a retry run, and how many are kept as they are. */
export function retryCounts(job: JobDetail, how: RetryOptions): { again: number; kept: number } {
  const steps = ofFlow(job);
  const chosen = how.from_step === undefined ? null : withDependents(job, how.from_step);
  const again = steps.filter((step) => how.from === "start" || step.status !== "completed" || chosen?.has(step.step_name)).length;
  return { again, kept: steps.length - again };
}

/** A sentence or two about what will happen. */
export function effectOf(job: JobDetail, act: Act, how: RetryOptions): string {
  if (act.step !== undefined) return effectOnStep(job, act.operation, act.step);
  const open = ofFlow(job).filter((step) => !hasEnded(step.status));
  const running = open.filter((step) => step.status === "running").length;
  const waiting = open.length - running;
  switch (act.operation) {
    case "cancel":
      return `${running === 0 ? "No step runs now" : `${counted(running, "running step")} ${running === 1 ? "is" : "are"} ended`}, and ${counted(waiting, "step")} will not start. A cancelled job can be retried.`;
    case "pause":
      return `${running === 0 ? "Nothing new starts" : `${counted(running, "running step")} ${running === 1 ? "goes" : "go"} on to the end, and nothing new starts`} until the job is resumed.`;
    case "resume":
      return `The job goes on: ${counted(waiting, "step")} may start.`;
    case "restart":
      return `This job runs again from its start: all ${counted(ofFlow(job).length, "step")}, also what was completed. Its history stays.`;
    case "retry":
      return retryEffect(job, how);
    case "delete":
      return "The job, its log, its history and its artifacts are removed. This cannot be undone.";
    case "event":
      return "Steps that wait for an event of this type go on. If none waits for it, it is kept for one that will.";
  }
}

function retryEffect(job: JobDetail, how: RetryOptions): string {
  const { again, kept } = retryCounts(job, how);
  const whole = job.steps_next === undefined ? "" : "at least ";
  const at = how.revision === "latest" ? "by the active definition" : `by the definition at ${job.revision.replace(/^\w+:/, "").slice(0, 7)}`;
  return `A new job is made: ${whole}${counted(again, "step")} will run, ${kept === 0 ? "none is" : `${kept} ${kept === 1 ? "is" : "are"}`} kept, ${at}.`;
}

function effectOnStep(job: JobDetail, operation: string, step: string): string {
  const after = withDependents(job, step).size - 1;
  const dependents = after === 0 ? "Nothing depends on it." : `${counted(after, "step")} ${after === 1 ? "depends" : "depend"} on it.`;
  switch (operation) {
    case "retry":
      return `${step} runs again in this job. ${dependents}`;
    case "replay":
      return `${step} runs again in this job${after === 0 ? "." : `, and the ${counted(after, "step")} that ${after === 1 ? "depends" : "depend"} on it.`}`;
    case "skip":
      return `${step} does not run. ${dependents}`;
    case "complete":
      return `${step} counts as completed, though it was not. ${dependents}`;
    case "approve":
      return `${step} is approved, and the job goes on. ${dependents}`;
    default:
      return `${step} is rejected: it fails. ${dependents}`;
  }
}
