import { expect, test } from "vitest";
import { jobOf, stepOf } from "./samples";
import { opensOn } from "./summary";

test("a job opens on the step that failed it, not on one before it that may fail", () => {
  const steps = [stepOf("lint", { status: "failed", tolerated: true }), stepOf("test", { status: "failed" }), stepOf("report", { status: "completed" })];
  expect(opensOn(jobOf({}, {}, { steps }))?.step_name).toBe("test");
  expect(opensOn(jobOf({}, {}, { steps: [...steps.slice(0, 1), ...steps.slice(2)] }))?.step_name).toBe("lint");
});

test("else on what waits for a person, what runs, or the last step", () => {
  expect(opensOn(jobOf({ a: "running", b: "suspended", c: "pending" }))?.step_name).toBe("b");
  expect(opensOn(jobOf({ a: "completed", b: "running", c: "pending" }))?.step_name).toBe("b");
  expect(opensOn(jobOf({ a: "completed", b: "completed" }))?.step_name).toBe("b");
});
