import { expect, test } from "vitest";
import { linesUntil } from "./moment";

const at = (second: number) => new Date(Date.parse("2026-01-01T00:00:00Z") + second * 1000).toISOString();
/** Line n is printed in second n / 10. */
const read = (count: number, reads: number[] = []) => (page: number) => {
  reads.push(page);
  return Promise.resolve(Array.from({ length: Math.max(0, Math.min(100, count - page * 100)) }, (_, line) => ({ ts: at(Math.floor((page * 100 + line) / 10)) })));
};

test.each([[-1, 0], [0, 10], [9, 100], [10, 110], [55, 560], [499, 5000], [9999, 5000]])("by second %i, %i lines were printed", async (second, lines) => {
  expect(await linesUntil(at(second), 5000, 100, read(5000))).toBe(lines);
});

test("of a million lines few pages are read", async () => {
  const reads: number[] = [];
  expect(await linesUntil(at(54_321), 1_000_000, 100, read(1_000_000, reads))).toBe(543_220);
  expect(reads.length).toBeLessThan(16);
});

test("a log without lines has none at any moment", async () => {
  expect(await linesUntil(at(5), 0, 100, read(0))).toBe(0);
});
