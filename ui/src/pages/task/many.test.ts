import { expect, test } from "vitest";
import type { InputField } from "../../components/form/inputField";
import { MAX_JOBS, readMany } from "./many";

const field = (type: string) => ({ type }) as InputField;
const FIELDS = { name: field("string"), count: field("integer"), on: field("boolean"), more: field("object") };

test.each([
  ["nothing", "\n \n", []],
  ["JSON, one object a line", '{"name": "Ada"}\n\n{"count": 3}', [{ name: "Ada" }, { count: 3 }]],
  ["a table with commas", "name,count\nAda,1\n\"Byron, George\",2", [{ name: "Ada", count: 1 }, { name: "Byron, George", count: 2 }]],
  ["a table of a spreadsheet", "name\ton\r\nAda\ttrue\r\nBo\tfalse", [{ name: "Ada", on: true }, { name: "Bo", on: false }]],
  ["an empty cell, so that the default counts", "name,count\n,4", [{ count: 4 }]],
  ["quotes in a cell", 'name\n"say ""no"""', [{ name: 'say "no"' }]],
])("%s", (_, text, inputs) => {
  expect(readMany(text, FIELDS)).toEqual({ inputs, errors: [] });
});

test.each([
  ['{"name": 1}\n{"name"', "Line 2: this is not JSON"],
  ["[1]", "Line 1: [1]: the task has no such field"],
  ['{"nam": "Ada"}', "Line 1: nam: the task has no such field"],
  ["name,count\nAda,many", "Line 2: count: many is not a number"],
  ["name\nAda,1", "Line 2: 2 values for 1 fields"],
])("%j is refused: %s", (text, error) => {
  expect(readMany(text, FIELDS).errors).toEqual([error]);
});

test("more jobs than the server makes at once are refused before they are sent", () => {
  expect(readMany(`name\n${"x\n".repeat(MAX_JOBS + 1)}`, FIELDS).errors).toEqual(["At most 1,000 jobs are started at once; here are 1,001."]);
});
