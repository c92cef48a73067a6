import { expect, test } from "vitest";
import { diffParts } from "./lines";

test("each line has the numbers of the sides that it is on", () => {
  const [part] = diffParts("a\nb\nc\n", "a\nB\nc\n");
  expect(part?.lines.map((line) => [line.sign, line.text, line.before, line.after])).toEqual([
    [" ", "a", 1, 1], ["-", "b", 2, null], ["+", "B", null, 2], [" ", "c", 3, 3],
  ]);
});

test("changes far from each other are parts of their own", () => {
  const long = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  const changed = long.map((line, index) => (index === 2 || index === 35 ? `${line}!` : line));
  expect(diffParts(long.join("\n"), changed.join("\n"))).toHaveLength(2);
});

test("equal texts have no parts", () => {
  expect(diffParts("a\n", "a\n")).toEqual([]);
});
