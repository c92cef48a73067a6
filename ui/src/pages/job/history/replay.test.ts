import { expect, test } from "vitest";
import { jobOf } from "../samples";
import { jobAt } from "./replay";
import { detailsOf, isMark, wordsOf } from "./words";

const JOB = jobOf({ build: "completed", test: "failed", ship: "skipped" }, { test: ["build"], ship: ["test"] });
const entry = (seq: number, what: Parameters<typeof wordsOf>[0]["what"], step_name: string | null = null) => ({ seq, what, step_name, at: new Date(Date.parse("2026-01-01T00:00:00Z") + seq * 1000).toISOString() });
const ENTRIES = [
  entry(10, "job.created"), entry(11, "job.running"), entry(12, "step.ready", "build"), entry(13, "step.running", "build"), entry(20, "step.completed", "build"),
  entry(21, "step.ready", "test"), entry(22, "step.running", "test"), entry(30, "step.failed", "test"), entry(31, "step.skipped", "ship"), entry(32, "job.failed"),
];
const statuses = (seq: number) => {
  const job = jobAt(JOB, ENTRIES, seq);
  return [job.status, ...job.steps.map((step) => step.status)];
};

test("a job is shown as it stood after each entry", () => {
  expect(statuses(10)).toEqual(["pending", "pending", "pending", "pending"]);
  expect(statuses(13)).toEqual(["running", "running", "pending", "pending"]);
  expect(statuses(22)).toEqual(["running", "completed", "running", "pending"]);
  expect(statuses(32)).toEqual(["failed", "completed", "failed", "skipped"]);
});

test("a moment between two entries is that after the earlier one", () => {
  expect(statuses(17)).toEqual(statuses(13));
});

test("an attempt that had not ended then is shown as running", () => {
  const attempt = { attempt: 1, status: "failed" as const, exit_code: 1, started_at: ENTRIES[6]?.at ?? null, completed_at: ENTRIES[7]?.at ?? null, error_message: null, worker_id: null };
  const job = { ...JOB, steps: JOB.steps.map((step) => (step.step_name === "test" ? { ...step, attempts: [attempt] } : step)) };
  const at = (seq: number) => jobAt(job, ENTRIES, seq).steps[1]?.attempts;
  expect(at(20)).toEqual([]);
  expect(at(25)?.[0]).toMatchObject({ status: "running", completed_at: null });
  expect(at(30)?.[0]).toMatchObject({ status: "failed" });
});

test("entries are told in words, also those that this version does not know", () => {
  expect(wordsOf({ what: "step.cancelled" })).toBe("Step cancelled");
  expect(wordsOf({ what: "job.cancel_requested" })).toBe("Job cancel requested");
  expect(detailsOf({ reason: "enough", exit_code: 3, owner: null })).toBe("reason enough · exit code 3");
  expect(detailsOf(null)).toBe("");
});

test("failures, and what people did, are marked", () => {
  expect(isMark({ what: "step.failed", actor: "engine" })).toBe("bad");
  expect(isMark({ what: "step.approved", actor: "ada" })).toBe("waits");
  expect(isMark({ what: "step.running", actor: "worker" })).toBeNull();
});
