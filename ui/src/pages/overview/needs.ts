/** What waits for a person, in the order of how much it holds up: approvals first. */
import { linkOptions } from "@tanstack/react-router";
import { shortRevision } from "../../lib/ids";
import type { WaitingApproval } from "../../queries/approvals";
import type { Trigger } from "../../queries/overview";
import type { Workspace } from "../../queries/tasks";

const LINKS = {
  approval: (job: string) => linkOptions({ to: "/approvals", search: { job } }),
  git: (workspace: string) => linkOptions({ to: "/git/$workspace", params: { workspace } }),
  triggers: (workspace: string) => linkOptions({ to: "/triggers", search: { workspace } }),
  job: (id: string) => linkOptions({ to: "/jobs/$id", params: { id } }),
};

export type Need = {
  key: string;
  kind: "Approval" | "Refused" | "Unreachable" | "Not following" | "Suspended" | "Late";
  /** What it is about: a task, a workspace, a trigger. */
  what: string;
  says: string;
  since: string | null;
  /** Where a person sees to it. */
  link: ReturnType<(typeof LINKS)[keyof typeof LINKS]>;
};

type LateJob = { job_id: string; task_name: string; deadline_at: string | null };

const NO_NAMES: ReadonlyMap<string, string> = new Map();

export type Sources = {
  /** The names of tasks, by `workspace/task`. */
  names?: ReadonlyMap<string, string> | undefined;
  approvals: readonly WaitingApproval[];
  workspaces: readonly Workspace[];
  triggers: readonly (Trigger & { workspace: string })[];
  jobs: readonly LateJob[];
};

export function needsOf({ names = NO_NAMES, approvals, workspaces, triggers, jobs }: Sources): Need[] {
  return [
    ...approvals.map((each) => approval(each, names)),
    ...workspaces.flatMap(workspaceNeeds),
    ...triggers.filter((trigger) => trigger.suspended).map(suspended),
    ...jobs.map(late),
  ];
}

const approval = ({ job_id, step_name, workspace, task_name, approval: asked, since, may_decide, because }: WaitingApproval, names: ReadonlyMap<string, string>): Need => ({
  key: `${job_id} ${step_name}`,
  kind: "Approval",
  what: names.get(`${workspace}/${task_name}`) ?? task_name,
  says: `${asked?.message ?? step_name}${may_decide ? "" : ` (${because})`}`,
  since,
  link: LINKS.approval(job_id),
});

function workspaceNeeds({ name, candidate, drift }: Workspace): Need[] {
  const link = LINKS.git(name);
  const found: Need[] = [];
  if (candidate) {
    const first = candidate.problems.find((problem) => problem.severity === "error") ?? candidate.problems[0];
    const place = first?.file ? `${first.file}:${first.line ?? 1} ` : "";
    const more = candidate.problems.length > 1 ? `, and ${candidate.problems.length - 1} more` : "";
    const says = first ? `${shortRevision(candidate.revision)}: ${place}${first.message}${more}` : shortRevision(candidate.revision);
    found.push({ key: `${name} refused`, kind: "Refused", what: name, says, since: null, link });
  }
  if (drift.status === "unreachable") {
    found.push({ key: `${name} unreachable`, kind: "Unreachable", what: name, says: drift.message ?? "The remote cannot be reached.", since: drift.unreachable_since, link });
  }
  if (drift.pause) {
    found.push({ key: `${name} paused`, kind: "Not following", what: name, says: `${drift.pause.by}: ${drift.pause.reason}`, since: drift.pause.at, link });
  }
  return found;
}

const suspended = (trigger: Trigger & { workspace: string }): Need => ({
  key: `${trigger.workspace} ${trigger.name}`,
  kind: "Suspended",
  what: trigger.name,
  says: reasonOf(trigger),
  since: trigger.suspended_at ?? null,
  link: LINKS.triggers(trigger.workspace),
});

function reasonOf({ suspended_by, suspended_reason, task }: Trigger): string {
  const said = [suspended_by, suspended_reason].filter(Boolean).join(": ");
  return said === "" ? `It does not start ${task}.` : said;
}

const late = ({ job_id, task_name, deadline_at }: LateJob): Need => ({
  key: `${job_id} late`,
  kind: "Late",
  what: task_name,
  says: "It should have ended by now.",
  since: deadline_at,
  link: LINKS.job(job_id),
});
