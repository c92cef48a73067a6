import { expect, test } from "vitest";
import type { Attempt, Step } from "../../../queries/jobs";
import { partIn } from "../search";
import { barsOf, partOf } from "./bars";

const START = Date.parse("2026-01-01T00:00:00Z");
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const span = { start: START, end: START + 100_000 };
const attempt = (number: number, from: number, to: number | null): Attempt => ({
  attempt: number, status: to === null ? "running" : "failed", exit_code: null, started_at: at(from), completed_at: to === null ? null : at(to), error_message: null, worker_id: null,
});
const step = (attempts: Attempt[]) => ({ attempts, started_at: null, suspended_at: null, completed_at: null, status: "ready", attempt: 0 }) as unknown as Step;

test("each attempt has its bar where it ran", () => {
  expect(barsOf(step([attempt(1, 10, 30), attempt(2, 50, 90)]), span, null).filter((bar) => !bar.isWaiting).map(({ left, width }) => [left, width])).toEqual([[10, 20], [50, 40]]);
});

test("a running attempt reaches to now", () => {
  expect(barsOf(step([attempt(1, 60, null)]), span, null)).toMatchObject([{ left: 60, width: 40, status: "running" }]);
});

test("the time before a step, and between its attempts, is waiting", () => {
  const bars = barsOf(step([attempt(1, 10, 30), attempt(2, 50, 90)]), span, START);
  expect(bars.filter((bar) => bar.isWaiting).map(({ left, width }) => [left, width])).toEqual([[0, 10], [30, 20]]);
});

test("a step that is ready and has not begun waits until now; one whose dependencies run does not wait yet", () => {
  expect(barsOf(step([]), span, START + 40_000)).toMatchObject([{ left: 40, width: 60, isWaiting: true }]);
  expect(barsOf(step([]), span, null)).toEqual([]);
});

test("a bar never leaves its row, however the clocks differ", () => {
  for (const [from, to] of [[-50, 200], [99.99, 100], [150, 160], [10, 5]] as const) {
    for (const { left, width } of barsOf(step([attempt(1, from, to)]), span, null)) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(width).toBeGreaterThan(0);
      expect(left + width).toBeLessThanOrEqual(100.001);
    }
  }
});

test("a step that has not begun has no bar", () => {
  expect(barsOf(step([]), span, null)).toEqual([]);
});

test("of a part of the time only what lies in it is drawn, at its place in that part", () => {
  const shown = partOf(span, { from: 500, to: 1000 });
  expect(shown).toEqual({ start: START + 50_000, end: START + 100_000 });
  const bars = barsOf(step([attempt(1, 10, 30), attempt(2, 40, 60), attempt(3, 75, 100)]), shown, null, span).filter((bar) => !bar.isWaiting);
  expect(bars.map(({ left, width }) => [left, width])).toEqual([[0, 20], [50, 50]]);
});

test("a part of the time is read from the address, and nothing else", () => {
  expect(partIn("200-640")).toEqual({ from: 200, to: 640 });
  for (const wrong of ["", "640-200", "0-1001", "a-b", "5", undefined, "200-200"]) expect(partIn(wrong)).toBeUndefined();
});
