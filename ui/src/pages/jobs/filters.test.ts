import { expect, test } from "vitest";
import { choose, chosenIn, isFiltered, readSearch, toFilter } from "./filters";

const NOW = Date.parse("2026-03-01T12:00:00Z");

test("what an address cannot mean is left out", () => {
  const read = readSearch({ status: ["failed", "lost"], label: ["team=blue", "no"], over: "soon", since: "2h", after: "x", compare: ["a"] });
  expect(Object.entries(read).filter(([, value]) => value !== undefined)).toEqual([["status", ["failed"]], ["label", ["team=blue"]]]);
});

test("a task brings its workspace, and another workspace drops the task", () => {
  const chosen = choose({}, "task", ["shop/deploy"]);
  expect(chosen).toEqual({ workspace: "shop", task: "deploy" });
  expect(chosenIn(chosen)["task"]).toEqual(["shop/deploy"]);
  expect(choose(chosen, "workspace", ["default"])).toEqual({ workspace: "default", task: undefined });
});

test("the last hour is counted from the given time; a time that is named goes before it", () => {
  expect(toFilter({ since: "1h" }, NOW).created_after).toBe("2026-03-01T11:00:00.000Z");
  expect(toFilter({ since: "1h", after: "2026-01-01T00:00:00.000Z" }, NOW).created_after).toBe("2026-01-01T00:00:00.000Z");
});

test("two compared jobs are no filter", () => {
  expect(isFiltered(readSearch({ compare: ["a", "b"] }))).toBe(false);
  expect(isFiltered(readSearch({ label: "a=b" }))).toBe(true);
});
