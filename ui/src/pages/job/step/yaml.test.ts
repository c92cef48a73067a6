import { expect, test } from "vitest";
import { blockEnd, partsOf } from "./yaml";

const FLOW = ["flow:", "  build:", "    cmd: |", "      make", "", "      make check", "  # after it", "  test: {cmd: x}", ""];

test("a block ends before the next line that is not deeper", () => {
  expect(blockEnd(FLOW, 1)).toBe(6);
  expect(blockEnd(FLOW, 7)).toBe(8);
  expect(blockEnd(FLOW, 0)).toBe(8);
});

test("nothing of a line is lost, and its key and its comment are found", () => {
  for (const line of [...FLOW, "- name: x # why", 'a: "no # comment"', "\"quoted key\": 1"]) expect(partsOf(line).map((part) => part.text).join("")).toBe(line);
  expect(partsOf("  - name: x # why").map((part) => part.kind)).toEqual(["text", "key", "text", "comment"]);
  expect(partsOf('a: "no # comment"').some((part) => part.kind === "comment")).toBe(false);
});
