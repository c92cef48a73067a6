import { expect, test } from "vitest";
import type { TaskDetail } from "../../queries/tasks";
import { after, conditions, flowOf, noteOf } from "./flow";

const FLOW = {
  build: { type: "shell", name: "Build it" },
  test: { action: "check", depends_on: ["build"], for_each: [1, 2], retry: { max_attempts: 3 } },
  ship: { type: "shell", when: "input.live", depends_on: [{ any: ["build", { step: "test", accept: ["completed", "failed"] }] }, { step: "build", accept: "any" }] },
} as unknown as TaskDetail["flow"];

test("each step that another one names, at any depth, is one edge", () => {
  const { nodes, edges } = flowOf(FLOW);
  expect(nodes.map(({ name, label }) => [name, label])).toEqual([["build", "Build it"], ["test", "test"], ["ship", "ship"]]);
  expect(edges).toEqual([{ from: "build", to: "test" }, { from: "build", to: "ship" }, { from: "test", to: "ship" }]);
});

test("what a step waits for, and what decides about it, is said in words", () => {
  const { build, test: checks, ship } = FLOW;
  expect([build, checks, ship].map((step) => after(step?.depends_on))).toEqual(["at once", "after build", "after any of build, test (completed or failed), build (any)"]);
  expect([build, checks, ship].map((step) => step && conditions(step))).toEqual([[], ["for each item", "up to 3 attempts"], ["when input.live"]]);
  expect([build, checks, ship].map((step) => step && noteOf(step))).toEqual(["shell", "check · for each item", "shell · when input.live"]);
});
