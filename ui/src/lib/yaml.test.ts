import { expect, test } from "vitest";
import { tokensOf } from "./yaml";

const LINES = ["flow:", "  build:", "    cmd: |", "      make", "", "  # after it", "  test: {cmd: x}", "- name: x # why", 'a: "no # comment"', '"quoted key": 1'];

test("nothing of a line is lost, and its key and its comment are found", () => {
  for (const line of LINES) expect(tokensOf(line).map((token) => token.text).join("")).toBe(line);
  const found = tokensOf("  - name: x # why").filter((token) => token.kind === "key" || token.kind === "comment");
  expect(found).toEqual([{ kind: "key", text: "name" }, { kind: "comment", text: "# why" }]);
  expect(tokensOf('a: "no # comment"').some((token) => token.kind === "comment")).toBe(false);
});
