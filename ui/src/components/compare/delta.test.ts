import { expect, test } from "vitest";
import { delta } from "./delta";

test.each([[1, 3, "+2.0 s"], [1.3, 1, "−300 ms"], [2, 2, "="], [null, 2, "–"], [2, undefined, "–"]])("from %s s to %s s is %s", (before, after, text) => {
  expect(delta(before, after)).toBe(text);
});
