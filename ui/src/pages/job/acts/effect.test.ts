import { expect, test } from "vitest";
import { jobOf } from "../samples";
import { effectOf, retryCounts, withDependents } from "./effect";
import { choicesOf, primaryOf } from "./table";

const JOB = jobOf({ build: "completed", test: "failed", ship: "skipped", notes: "completed" }, { test: ["build"], ship: ["test"] });

test("what depends on a step is found through all that lies between", () => {
  expect([...withDependents(JOB, "build")].sort()).toEqual(["build", "ship", "test"]);
});

test("a retry keeps what completed, unless it starts over or before it", () => {
  expect(retryCounts(JOB, {})).toEqual({ again: 2, kept: 2 });
  expect(retryCounts(JOB, { from: "start" })).toEqual({ again: 4, kept: 0 });
  expect(retryCounts(JOB, { from_step: "build" })).toEqual({ again: 3, kept: 1 });
});

test("the effect of a retry says how many steps run and by which definition", () => {
  expect(effectOf(JOB, { operation: "retry" }, {})).toBe("A new job is made: 2 steps will run, 2 are kept, by the definition at 212ff89.");
  expect(effectOf(JOB, { operation: "retry" }, { revision: "latest" })).toContain("by the active definition");
});

const possible = (operation: string, allowed: boolean, step?: string) => ({ operation, allowed, because: allowed ? null : "no", requires: [], ...(step && { step }) });

test("an approval that one may decide comes first, then a retry, then a cancel", () => {
  const open = [possible("cancel", true), possible("retry", false), possible("approve", true, "ask")];
  expect(primaryOf(open, "running")?.act).toEqual({ operation: "approve", step: "ask" });
  expect(primaryOf([possible("cancel", true), possible("approve", false, "ask")], "running")?.act).toEqual({ operation: "cancel" });
  expect(primaryOf([possible("delete", true), possible("retry", true)], "failed")?.act).toEqual({ operation: "retry" });
  expect(primaryOf([possible("delete", true)], "completed")).toBeNull();
});

test("only a paused job is offered to be resumed", () => {
  const both = [possible("cancel", true), possible("resume", true)];
  expect(primaryOf(both, "paused")?.act).toEqual({ operation: "resume" });
  expect(primaryOf(both, "running")?.act).toEqual({ operation: "cancel" });
});

test("operations that this version does not know are left out, and the others stand in their order", () => {
  const found = [possible("delete", true), possible("novel", true), possible("cancel", false)];
  expect(choicesOf(found).map((each) => each.act.operation)).toEqual(["cancel", "delete"]);
});
