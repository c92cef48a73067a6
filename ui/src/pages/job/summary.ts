/** What a job says of itself in one sentence, and which of its steps is shown first. */
import { hasFailed, lookOf } from "../../lib/status";
import type { JobDetail, Step } from "../../queries/jobs";

/** The first step that failed the job, else one that failed and was tolerated; else the one that waits for a person; else a running one; else the last. */
export function opensOn(job: JobDetail): Step | undefined {
  const failed = job.steps.filter((step) => hasFailed(step.status)).sort((a, b) => Number(a.tolerated) - Number(b.tolerated));
  return (
    failed.find((step) => step.loop_total === null || step.loop_index !== null) ?? // of a loop, the instance that failed
    failed[0] ??
    job.steps.find((step) => step.status === "suspended") ??
    job.steps.find((step) => step.status === "running") ??
    job.steps.at(-1)
  );
}

/** Of a step that prints nothing, such as an approval, why it waits; of others, the log. */
export const opensAt = (step: Step): "log" | "why" => (["approval", "wait", "task"].includes(step.action_type) ? "why" : "log");

export function sentence(job: JobDetail): string {
  const failed = job.steps.filter((step) => hasFailed(step.status));
  const first = failed[0];
  if (first) return [`${first.step_name}: ${firstLine(first.error_message) || "failed"}.`, others(failed.length - 1), skipped(job)].filter(Boolean).join(" ");
  if (job.error_message) return firstLine(job.error_message);
  const waits = job.steps.find((step) => step.status === "suspended");
  if (waits) return `${waits.step_name} waits${waits.waiting_on ? ` for ${waits.waiting_on}` : ""}.`;
  const running = job.steps.filter((step) => step.status === "running").map((step) => step.step_name);
  if (running.length > 0) return `${running.slice(0, 3).join(", ")} ${running.length === 1 ? "is" : "are"} running.`;
  return `${lookOf(job.status).word}: ${count(job)}.`;
}

function count(job: JobDetail): string {
  const done = job.steps.filter((step) => step.status === "completed").length;
  return `${done} of ${job.steps.length} ${job.steps.length === 1 ? "step" : "steps"} completed`;
}

const others = (number: number) => (number === 0 ? "" : `${number} more failed.`);

function skipped(job: JobDetail): string {
  const names = job.steps.filter((step) => step.status === "skipped").map((step) => step.step_name);
  if (names.length === 0) return "";
  const shown = names.slice(0, 2).join(", ");
  const more = names.length > 2 ? ` and ${names.length - 2} more` : "";
  return `${shown}${more} ${names.length === 1 ? "was" : "were"} skipped.`;
}

const firstLine = (text: string | null | undefined) => text?.split("\n")[0]?.replace(/\.$/, "") ?? "";
