import { expect, test } from "vitest";
import { blockEnd } from "./yamlBlock";

const FLOW = ["flow:", "  build:", "    cmd: |", "      make", "", "      make check", "  # after it", "  test: {cmd: x}", ""];

test("a block ends before the next line that is not deeper", () => {
  expect(blockEnd(FLOW, 1)).toBe(6);
  expect(blockEnd(FLOW, 7)).toBe(8);
  expect(blockEnd(FLOW, 0)).toBe(8);
});
