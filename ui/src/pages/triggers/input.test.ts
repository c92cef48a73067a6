import { expect, test } from "vitest";
import { inputOf } from "./input";

test("only an object is input, and nothing is an empty one", () => {
  expect([inputOf(" "), inputOf('{"a": 1}'), inputOf("[1]"), inputOf("null"), inputOf("{")]).toEqual([{}, { a: 1 }, null, null, null]);
});
