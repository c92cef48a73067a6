import { expect, test } from "vitest";
import type { JobItem, Step } from "../../../queries/jobs";
import { stepOf } from "../samples";
import { countText, rowsOf } from "./rows";

const loop = (total: number, statusOf: (index: number) => Step["status"]): Step[] => [
  stepOf("shard", { loop_total: total, status: "failed" }),
  ...Array.from({ length: total }, (_, at) => stepOf(`shard[${at}]`, { loop_total: total, loop_index: at, status: statusOf(at) })),
];
const NONE = new Set<string>();
const keys = (steps: Step[], opened: ReadonlySet<string> = NONE) => rowsOf(steps, opened, []).map((row) => row.key);

test("a loop is folded into a row, and its failed instance is shown all the same", () => {
  const steps = [stepOf("list"), ...loop(24, (at) => (at === 17 ? "failed" : "completed")), stepOf("merge")];
  expect(keys(steps)).toEqual(["list", "shard", "shard[17]", "merge"]);
  const row = rowsOf(steps, NONE, [])[1];
  expect(row?.kind === "step" && row.loop && countText(row.loop)).toBe("× 24, 1 failed");
});

test("of a loop whose instances are not all read yet, the count is that of the loop itself", () => {
  const [head, ...instances] = loop(2000, () => "completed");
  const steps = [{ ...head, ended_instances: 2000 } as Step, ...instances.slice(0, 999)];
  const row = rowsOf(steps, NONE, [])[0];
  expect(row?.kind === "step" && row.loop && countText(row.loop)).toBe("× 2,000");
});

test("an opened loop shows all its instances, and a small one is open by itself", () => {
  expect(keys(loop(24, () => "completed"), new Set(["shard"]))).toHaveLength(25);
  expect(keys(loop(3, () => "completed"))).toHaveLength(4);
  expect(keys(loop(3, () => "completed"), new Set(["shard"]))).toEqual(["shard"]);
});

test("of ten thousand instances that all failed, twenty are shown", () => {
  expect(keys(loop(10_000, () => "failed"))).toHaveLength(21);
});

test("a loop that still runs says how far it is", () => {
  expect(countText({ total: 1200, ended: 7, failed: 0 })).toBe("7 of 1,200");
});

test("child jobs and hooks have groups of their own", () => {
  const job = (job_id: string, source_type: JobItem["source_type"], task_name: string) => ({ job_id, source_type, task_name }) as JobItem;
  const rows = rowsOf([stepOf("a")], NONE, [job("1", "hook", "_hook:tell"), job("2", "task", "shards")]);
  expect(rows.map((row) => (row.kind === "step" ? row.key : row.label))).toEqual(["a", "Jobs that its steps started", "shards", "Hooks", "tell"]);
});
