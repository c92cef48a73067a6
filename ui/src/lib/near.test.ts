import { expect, test } from "vitest";
import { distance, meantJobs, near } from "./near";

const NAMES = ["jobs", "tasks", "triggers", "approvals", "people"];

test.each([["job", ["jobs"]], ["trigers", ["triggers"]], ["Aprovals", ["approvals"]], ["people2", ["people"]], ["zzz", []], ["", []]])("near %j are %j", (word, found) => {
  expect(near(word, NAMES)).toEqual(found);
});

test("a distance counts what is added, removed and changed, in both directions", () => {
  expect(distance("kitten", "sitting")).toBe(3);
  expect(distance("sitting", "kitten")).toBe(3);
  expect(distance("", "abc")).toBe(3);
});

test("a job is meant by the part of its id that pages show, and by an id with a few wrong letters", () => {
  const ids = ["01a22b47-5c83-75b2-b294-a20aea8f6cc5", "01a22b47-5c95-763f-b014-4dad5e886120"];
  expect(meantJobs("ea8f6cc5", ids)).toEqual([ids[0]]);
  expect(meantJobs("01a22b47-5c95-763f-b014-4dad5e886121", ids)).toEqual([ids[1]]);
  expect(meantJobs("01A22B47", ids)).toEqual(ids);
  expect(meantJobs("cc5", ids)).toEqual([]);
});
