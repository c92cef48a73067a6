/** The questions by task, and what follows from the answer to one. */
import type { WaitingApproval } from "../../queries/approvals";

export type Group = { key: string; workspace: string; task: string; step: string; questions: WaitingApproval[] };

export const keyOf = (question: WaitingApproval): string => `${question.job_id}/${question.step_name}`;

/** Questions of the same step of a task can be decided together, as they have the same form. The longest wait comes first. */
export function groupsOf(questions: readonly WaitingApproval[]): Group[] {
  const groups = new Map<string, Group>();
  for (const question of [...questions].sort((a, b) => (a.since ?? "").localeCompare(b.since ?? ""))) {
    const { workspace, task_name: task } = question;
    const step = question.step_name.replace(/\[\d+\]$/, "");
    const key = `${workspace}/${task}/${step}`;
    const group = groups.get(key) ?? { key, workspace, task, step, questions: [] };
    group.questions.push(question);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The steps that come after this one, in the order of the flow. */
export function following(steps: readonly { step_name: string; depends_on: readonly string[] }[], step: string): string[] {
  const after = new Set([step]);
  for (let grew = true; grew; ) {
    const size = after.size;
    for (const each of steps) if (each.depends_on.some((name) => after.has(name))) after.add(each.step_name);
    grew = after.size > size;
  }
  return steps.map((each) => each.step_name).filter((name) => name !== step && after.has(name));
}

/** `ship, announce and 3 more`. */
export function names(all: readonly string[], most = 3): string {
  const shown = all.slice(0, most).join(", ");
  return all.length > most ? `${shown} and ${all.length - most} more` : shown;
}
