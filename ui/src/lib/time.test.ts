import { expect, test } from "vitest";
import { clockChanges, duration, elapsed, relative, timeIn } from "./time";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

test.each([
  [-3, "now"],
  [-60, "1 min ago"],
  [-3 * 3600, "3 h ago"],
  [-49 * 3600, "2 d ago"],
  [20, "in a moment"],
  [600, "in 10 min"],
])("%i seconds away is %s", (seconds, text) => {
  expect(relative(at(seconds), NOW)).toBe(text);
});

test.each([
  [0, "0 ms"],
  [999.4, "999 ms"],
  [1000, "1.0 s"],
  [9990, "9.9 s"],
  [59_999, "59 s"],
  [60_000, "1 min 00 s"],
  [3_599_999, "59 min 59 s"],
  [3_600_000, "1 h 00 min"],
  [90_000_000, "1 d 1 h"],
])("%f ms is %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test("before its start nothing has elapsed, and a clock that runs behind gives no negative time", () => {
  expect(elapsed(null, null, NOW)).toBeNull();
  expect(elapsed(at(5), null, NOW)).toBe(0);
  expect(elapsed(at(-5), null, NOW)).toBe(5000);
  expect(elapsed(at(-5), at(-2), NOW)).toBe(3000);
});

test("the fire after the clocks were set says so", () => {
  const times = ["2026-10-24T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"]; // 02:30 in Berlin each day
  expect(clockChanges(times, "Europe/Berlin")).toEqual([null, "after the clocks go back 1 h 00 min", null]);
  expect(clockChanges(["2026-03-28T01:30:00Z", "2026-03-29T00:30:00Z", "2026-03-30T00:30:00Z"], "Europe/Berlin")).toEqual([null, null, "after the clocks go forward 1 h 00 min"]);
  expect(clockChanges(times, "UTC")).toEqual([null, null, null]);
  expect(timeIn("Europe/Berlin", "2026-10-26T01:30:00Z")).toContain("in Europe/Berlin");
});
