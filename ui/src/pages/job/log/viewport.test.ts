import { expect, test } from "vitest";
import { contentHeight, LINE, linesIn, MAX_HEIGHT, offsetOf, pagesOf, scrollFor, topOf } from "./viewport";

const HEIGHT = 700;

test.each([1, 100, 899_999, 1_000_000, 50_000_000])("of %i lines, the end of the scrollbar shows the last line", (count) => {
  const view = { count, height: HEIGHT };
  const end = scrollFor(view, count - 1, "end");
  expect(linesIn(view, end).last).toBe(count);
  expect(end).toBeLessThanOrEqual(Math.max(0, contentHeight(view) - HEIGHT));
  expect(Math.ceil(topOf(view, end) + HEIGHT)).toBeGreaterThanOrEqual(count * LINE);
});

test.each([0, 1, 500_000, 999_999])("line %i of a million is in view once one has scrolled to it", (line) => {
  const view = { count: 1_000_000, height: HEIGHT };
  const top = scrollFor(view, line, "middle");
  const offset = offsetOf(view, top, line) - top;
  expect(offset).toBeGreaterThanOrEqual(-1);
  expect(offset).toBeLessThanOrEqual(HEIGHT - LINE + 1);
});

test("no element is higher than a browser allows", () => {
  expect(contentHeight({ count: 5_000_000, height: HEIGHT })).toBe(MAX_HEIGHT);
  expect(contentHeight({ count: 10, height: HEIGHT })).toBe(180);
});

test("pages are those that hold a line in view, and no others", () => {
  expect(pagesOf({ first: 0, last: 60 }, 1000)).toEqual([0]);
  expect(pagesOf({ first: 990, last: 1000 }, 1000)).toEqual([0]);
  expect(pagesOf({ first: 990, last: 1001 }, 1000)).toEqual([0, 1]);
  expect(pagesOf({ first: 0, last: 0 }, 1000)).toEqual([]);
});
