import { expect, test } from "vitest";
import { isGap, type LiveRecord, staleKeys } from "./records";

const record = (more: Partial<LiveRecord>): LiveRecord => ({
  seq: 1, what: "job.started", workspace: "w", task_name: "t", job_id: null, step_name: null, status: null, at: "2026-01-01T00:00:00Z", ...more,
});

test("a change of a job makes the lists and this job stale, and no other job", () => {
  const keys = staleKeys(record({ what: "job.completed", job_id: "1" }));
  expect(keys).toContainEqual(["jobs"]);
  expect(keys).toContainEqual(["job", "1"]);
  expect(keys).not.toContainEqual(["job"]);
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
