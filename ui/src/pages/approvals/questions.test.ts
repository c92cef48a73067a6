import { expect, test } from "vitest";
import type { WaitingApproval } from "../../queries/approvals";
import { following, groupsOf, names } from "./questions";

const question = (job_id: string, task_name: string, step_name: string, since: string) => ({ job_id, workspace: "w", task_name, step_name, since }) as WaitingApproval;

test("questions of the same step of a task stand together, the longest wait first", () => {
  const groups = groupsOf([question("1", "b", "ask", "3"), question("2", "a", "ask", "2"), question("3", "b", "ask[1]", "1"), question("4", "b", "other", "4")]);
  expect(groups.map((group) => [group.key, group.questions.map((each) => each.job_id)])).toEqual([["w/b/ask", ["3", "1"]], ["w/a/ask", ["2"]], ["w/b/other", ["4"]]]);
});

test("what follows a step is all that depends on it, also through others", () => {
  const steps = [{ step_name: "late", depends_on: ["ship"] }, { step_name: "ask", depends_on: [] }, { step_name: "ship", depends_on: ["ask"] }, { step_name: "other", depends_on: [] }];
  expect(following(steps, "ask")).toEqual(["late", "ship"]);
});

test("many names are cut short", () => {
  expect(names(["a", "b"])).toBe("a, b");
  expect(names(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
});
