import { describe, expect, test } from "vitest";
import type { ScheduledFire, TaskOverview, Trigger } from "../../queries/overview";
import type { Workspace } from "../../queries/tasks";
import { hoursOf, total } from "./day";
import { failureOf } from "./failing";
import { lanesOf as fireLanes, place } from "./fires";
import { needsOf } from "./needs";
import { eta, lanesOf, share } from "./progress";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-03-01T12:30:00Z");

describe("the strip of 24 hours", () => {
  test("ends with this hour, and leaves out what is older", () => {
    const hours = hoursOf([{ created_at: "2026-03-01T12:01:00Z", status: "failed" }, { created_at: "2026-02-28T12:59:59Z", status: "completed" }], NOW);
    expect(hours).toHaveLength(24);
    expect(hours.at(-1)).toEqual({ from: Math.floor(NOW / HOUR) * HOUR, good: 0, bad: 1, open: 0, other: 0 });
    expect(hours.reduce((sum, hour) => sum + total(hour), 0)).toBe(1);
  });
});

const task = (...statuses: string[]) => ({ last_jobs: statuses.map((status, index) => ({ job_id: String(index), status, duration: null })) }) as TaskOverview;

describe("a failing task", () => {
  test("began to fail after the last job that did not", () => {
    expect(failureOf(task("running", "failed", "timed_out", "completed", "failed"))).toEqual({ latest: "1", first: "2", inARow: 2, isWhole: true });
  });
  test("may have begun before what is known", () => {
    expect(failureOf(task(...Array<string>(20).fill("failed")))?.isWhole).toBe(false);
  });
  test("is none whose last ended job did not fail", () => {
    expect(failureOf(task("completed", "failed"))).toBeNull();
  });
});

describe("the time that is left", () => {
  test("is what the task usually takes, less what has gone by", () => {
    expect(eta("2026-03-01T12:29:00Z", 90, NOW)).toBe("about 30 s left");
    expect(eta("2026-03-01T12:28:00Z", 90, NOW)).toBe("30 s over the usual 1 min 30 s");
  });
  test("is not said where nothing is known", () => {
    expect(eta(null, 90, NOW)).toBe("");
    expect(eta("2026-03-01T12:28:00Z", null, NOW)).toBe("");
  });
  test("the share of no steps is nothing", () => {
    expect(share(0, 0)).toBe(0);
    expect(share(1, 4)).toBe(0.25);
  });
});

test("open jobs stand in the lane of their task, the oldest first", () => {
  const job = (task_name: string, created_at: string) => ({ workspace: "w", task_name, created_at });
  expect(lanesOf([job("b", "3"), job("a", "2"), job("b", "1")])).toEqual([
    { key: "w/b", jobs: [job("b", "1"), job("b", "3")] },
    { key: "w/a", jobs: [job("a", "2")] },
  ]);
});

test("fires stand in the lane of their trigger, and at their place in time", () => {
  const fire = (trigger_name: string, at: string) => ({ workspace: "w", task_name: "t", trigger_name, at }) as ScheduledFire;
  const lanes = fireLanes([fire("a", "1"), fire("b", "2"), fire("a", "3")]);
  expect(lanes.map((lane) => [lane.trigger, lane.times])).toEqual([["a", ["1", "3"]], ["b", ["2"]]]);
  expect(place(new Date(NOW + HOUR).toISOString(), NOW, NOW + 4 * HOUR)).toBe(25);
});

test("what needs a person is a refused revision, an unreachable remote, a suspended trigger, a late job that is open", () => {
  const workspace = (more: object) => ({ name: "shop", candidate: null, drift: { status: "synced", message: null, unreachable_since: null, pause: null }, ...more }) as Workspace;
  const trigger = (more: Partial<Trigger>) => ({ workspace: "shop", name: "a", task: "t", ...more }) as Trigger & { workspace: string };
  const candidate = { revision: "0123456789abcdef", problems: [{ severity: "error", file: "a.yaml", line: 6, message: "no such step" }] };
  const needs = needsOf({
    approvals: [],
    workspaces: [workspace({}), workspace({ candidate }), workspace({ drift: { status: "unreachable", message: "gone", unreachable_since: null, pause: null } })],
    triggers: [trigger({ name: "a", suspended: true, suspended_by: "ada", suspended_reason: "holiday" }), trigger({ name: "b" })],
    jobs: [
      { job_id: "1", task_name: "t", deadline_at: "x" },
    ],
  });
  expect(needs.map((need) => [need.kind, need.says])).toEqual([
    ["Refused", "0123456: a.yaml:6 no such step"],
    ["Unreachable", "gone"],
    ["Suspended", "ada: holiday"],
    ["Late", "It should have ended by now."],
  ]);
});
