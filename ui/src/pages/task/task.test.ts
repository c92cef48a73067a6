import { expect, test } from "vitest";
import type { Stats } from "../../queries/task";
import { barsOf, change, changesOf } from "./chart";
import { tokensOf } from "../../lib/yaml";

const kinds = (line: string) => tokensOf(line).filter((token) => token.text.trim() !== "").map(({ kind, text }) => [kind, text]);

test("no character of a line is lost", () => {
  for (const line of ["  - {name: 'it''s', cmd: \"echo # no\"}  # yes", "\tkey : |", "url: http://a#b", "\"open", "é: 🚀"]) {
    expect(tokensOf(line).map((token) => token.text).join("")).toBe(line);
  }
});

test("keys, texts, numbers and comments are told apart", () => {
  expect(kinds('  max: 12 # at most')).toEqual([["key", "max"], ["mark", ":"], ["number", "12"], ["comment", "# at most"]]);
  expect(kinds('cmd: "echo # no"').at(-1)).toEqual(["text", '"echo # no"']);
  expect(kinds("url: http://a#b").at(-1)).toEqual(["plain", " http://a#b"]);
});

test("bars come oldest first, and mark a new revision", () => {
  const job = (job_id: string, duration_seconds: number, revision: string) => ({ job_id, duration_seconds, revision, status: "completed" }) as Stats["series"][number];
  expect(barsOf([job("2", 4, "b"), job("1", 2, "a")]).map((bar) => [bar.job_id, bar.height, bar.isNewRevision])).toEqual([["1", 0.5, false], ["2", 1, true]]);
});

test("the first bar of a revision that made the task slower or faster says by how much", () => {
  const job = (job_id: string, revision: string) => ({ job_id, duration_seconds: 1, revision, status: "completed" }) as Stats["series"][number];
  const of = (revision: string, p50: number | null) => ({ revision, duration_seconds: { p50 } }) as Stats["by_revision"][number];
  const changes = changesOf([of("d", 8), of("c", 8.2), of("b", 2), of("a", 1)]);
  const bars = barsOf([job("6", "d"), job("5", "c"), job("4", "c"), job("3", "b"), job("2", "a"), job("1", "a")], changes);
  expect(bars.map((bar) => bar.change)).toEqual([null, null, "+100 %", "+310 %", null, null]);
});

test("a change of the median is said from a fifth on", () => {
  expect(change(10, 11)).toBeNull();
  expect(change(10, 15)).toBe("+50 %");
  expect(change(10, 5)).toBe("−50 %");
  expect(change(null, 5)).toBeNull();
});
