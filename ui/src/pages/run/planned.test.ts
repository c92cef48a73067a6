import { expect, test } from "vitest";
import { planned } from "./planned";

const step = (step_name: string, decision: string, depends_on: string[] = []) => ({ step_name, decision, depends_on, action_name: null, action_type: "shell", input: {} });

test("a step of a dry run will run, is skipped, or is decided on the way", () => {
  const { nodes, edges, noteOf } = planned({ steps: [step("build", ""), step("each", "6 times", ["build"]), step("ship", "would be skipped: input.live", ["build", "each"]), step("tell", "decided when it is reached: steps.build.failed")] });
  expect(nodes.map(({ name, status }) => [name, status])).toEqual([["build", "ready"], ["each", "ready"], ["ship", "skipped"], ["tell", "pending"]]);
  expect(edges).toEqual([{ from: "build", to: "each" }, { from: "build", to: "ship" }, { from: "each", to: "ship" }]);
  expect([noteOf("build"), noteOf("ship")]).toEqual([null, "would be skipped: input.live"]);
});
