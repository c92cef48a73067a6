import { expect, test } from "vitest";
import { askedStep } from "./askedStep";
import { jobOf } from "./samples";

const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`s${at}`, "completed" as const]));

test("all steps of a small job are asked about at once, so that the next one is there when it is chosen", () => {
  expect(askedStep(jobOf({ a: "completed" }), "a")).toBeUndefined();
});

test("of a job with many steps, or many instances of a loop, only the chosen one is asked about", () => {
  expect(askedStep(jobOf(many), "s7")).toBe("s7");
  expect(askedStep({ ...jobOf(many), steps_total: 1 }, "s7")).toBe("s7");
});
