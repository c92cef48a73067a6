import { expect, test } from "vitest";
import { isGap, type LiveRecord, showsAny, staleKeys } from "./records";

const record = (more: Partial<LiveRecord>): LiveRecord => ({
  seq: 1, what: "job.started", workspace: "w", task_name: "t", job_id: null, step_name: null, status: null, at: "2026-01-01T00:00:00Z", ...more,
});

test("a change of a job makes the lists and this job stale, and no other job", () => {
  const keys = staleKeys(record({ what: "job.completed", job_id: "1" }));
  expect(keys).toContainEqual(["jobs"]);
  expect(keys).toContainEqual(["job", "1"]);
  expect(keys).not.toContainEqual(["job"]);
});

test("a step makes the approvals stale when it is asked about, and not otherwise", () => {
  expect(staleKeys(record({ what: "step.suspended", job_id: "1", status: "suspended" }))).toContainEqual(["approvals"]);
  expect(staleKeys(record({ what: "step.completed", job_id: "1", status: "completed" }))).not.toContainEqual(["approvals"]);
});

test("a query that tells which jobs it shows is stale when one of them moves", () => {
  const query = (data: unknown) => ({ meta: { showsJob: (ids: string[], id: string) => ids.includes(id) }, state: { data } }) as unknown as Parameters<typeof showsAny>[0];
  expect(showsAny(query(["1", "2"]), new Set(["2"]))).toBe(true);
  expect(showsAny(query(["1", "2"]), new Set(["3"]))).toBe(false);
  expect(showsAny(query(undefined), new Set(["1"]))).toBe(false);
  expect(showsAny({ ...query(["1"]), meta: undefined }, new Set(["1"]))).toBe(false);
});

test("a load of a workspace makes its tasks stale", () => {
  expect(staleKeys(record({ what: "workspace.loaded" }))).toEqual([["workspaces"], ["tasks"], ["triggers"], ["definitions"]]);
});

test("a kind of change that this version does not know counts for its job", () => {
  expect(staleKeys(record({ what: "novel.thing", job_id: "1" }))).toEqual([["jobs"], ["job", "1"]]);
  expect(staleKeys(record({ what: "novel.thing" }))).toEqual([]);
});

test("a gap is told from what happened", () => {
  expect(isGap(record({ what: "gap" }))).toBe(true);
  expect(isGap(record({ what: "job.completed" }))).toBe(false);
});
