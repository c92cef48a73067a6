import { expect, test } from "vitest";
import { distance, near } from "./near";

const NAMES = ["jobs", "tasks", "triggers", "approvals", "people"];

test.each([["job", ["jobs"]], ["trigers", ["triggers"]], ["Aprovals", ["approvals"]], ["people2", ["people"]], ["zzz", []], ["", []]])("near %j are %j", (word, found) => {
  expect(near(word, NAMES)).toEqual(found);
});

test("a distance counts what is added, removed and changed, in both directions", () => {
  expect(distance("kitten", "sitting")).toBe(3);
  expect(distance("sitting", "kitten")).toBe(3);
  expect(distance("", "abc")).toBe(3);
});
