import { expect, test } from "vitest";
import { parseSearch, stringifySearch } from "./search";

test("an address is read as it is written", () => {
  const text = "?status=failed&status=paused&task=a%2Fb&q=x+y";
  expect(parseSearch(text)).toEqual({ status: ["failed", "paused"], task: "a/b", q: "x y" });
  expect(stringifySearch(parseSearch(text))).toBe(text);
});

test("a number stays a text, and what is undefined is left out", () => {
  expect(parseSearch("?revision=1234567")).toEqual({ revision: "1234567" });
  expect(stringifySearch({ a: undefined, b: ["x"], c: null })).toBe("?b=x");
  expect(stringifySearch({})).toBe("");
});
