/** The operations in words: their buttons, what they ask for, and in which order menus show them. */
import type { Act, JobOperation, PossibleOperation, StepOperation } from "../../../queries/operations";

type Words = { verb: string; done: string; danger?: boolean; takesReason?: boolean };

const OF_JOB: Record<JobOperation, Words> = {
  cancel: { verb: "Cancel job", done: "The job is being cancelled.", danger: true, takesReason: true },
  retry: { verb: "Retry job", done: "The retry has started." },
  pause: { verb: "Pause job", done: "The job is paused." },
  resume: { verb: "Resume job", done: "The job goes on." },
  restart: { verb: "Restart job", done: "The job starts again." },
  event: { verb: "Send event", done: "The event was sent." },
  delete: { verb: "Delete job", done: "The job is deleted.", danger: true },
};

const OF_STEP: Record<StepOperation, Words> = {
  approve: { verb: "Approve", done: "Approved.", takesReason: true },
  reject: { verb: "Reject", done: "Rejected.", danger: true, takesReason: true },
  retry: { verb: "Retry step", done: "The step runs again." },
  replay: { verb: "Replay step", done: "The step and what depends on it run again." },
  skip: { verb: "Skip step", done: "The step is skipped.", takesReason: true },
  complete: { verb: "Complete step", done: "The step counts as completed.", takesReason: true },
};

export const wordsOf = (act: Act): Words => (act.step === undefined ? OF_JOB[act.operation] : OF_STEP[act.operation]);

/** The verb and its object: `Cancel job`, `Approve release`, `Retry step build`. */
export const titleOf = (act: Act): string => (act.step === undefined ? wordsOf(act).verb : `${wordsOf(act).verb} ${act.step}`);

export type Choice = { act: Act; allowed: boolean; because: string | null; requires: readonly string[] };

const has = <Key extends string>(table: Record<Key, Words>, name: string): name is Key => name in table;

/** The operations of the job, or of one of its steps, in the order of the tables; those this version does not know are left out. */
export function choicesOf(found: readonly PossibleOperation[], step?: string): Choice[] {
  const order = Object.keys(step === undefined ? OF_JOB : OF_STEP);
  return found
    .filter((each) => each.step === step)
    .flatMap((each): Choice[] => {
      const act = actOf(each.operation, step);
      return act ? [{ act, allowed: each.allowed, because: each.because, requires: each.requires }] : [];
    })
    .sort((a, b) => order.indexOf(a.act.operation) - order.indexOf(b.act.operation));
}

function actOf(operation: string, step: string | undefined): Act | null {
  if (step === undefined) return has(OF_JOB, operation) ? { operation } : null;
  return has(OF_STEP, operation) ? { operation, step } : null;
}

/** What changes nothing in this state is not offered: only a paused job is resumed, and only one that runs is paused. */
export const fits = ({ act }: Choice, status: string): boolean =>
  act.operation === "resume" ? status === "paused" : act.operation !== "pause" || status !== "paused";

/** Which act the header offers first: to decide what waits, to retry what failed, to resume, or to cancel what runs. */
export function primaryOf(found: readonly PossibleOperation[], status: string): Choice | null {
  const decision = found.find((each) => each.operation === "approve" && each.allowed && each.step !== undefined);
  if (decision?.step !== undefined) return choicesOf(found, decision.step).find((each) => each.act.operation === "approve") ?? null;
  const ofJob = choicesOf(found).filter((each) => each.allowed && fits(each, status));
  return ofJob.find((each) => each.act.operation === "retry") ?? ofJob.find((each) => each.act.operation === "resume") ?? ofJob.find((each) => each.act.operation === "cancel") ?? null;
}
