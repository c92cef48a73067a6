import { describe, expect, test } from "vitest";
import type { InputField } from "./inputField";
import { fieldErrors, inOrder, kindOf, parse } from "./fields";

const field = (more: Partial<InputField>): InputField => ({ type: "string", ...more });

test.each<[Partial<InputField>, string]>([
  [{ type: "boolean" }, "switch"],
  [{ type: "integer" }, "number"],
  [{ type: "text" }, "lines"],
  [{ type: "object" }, "json"],
  [{ type: "string", secret: true }, "secret"],
  [{ type: "string", options: ["a"] }, "choice"],
  [{ type: "string", options: ["a"], allow_custom: true }, "text"],
  [{ type: "a-connection" }, "text"],
])("%o is shown as %s", (given, kind) => {
  expect(kindOf(field(given))).toBe(kind);
});

describe("what is sent", () => {
  test("is of the type of the field", () => {
    const fields = { n: field({ type: "integer" }), b: field({ type: "boolean" }), o: field({ type: "object" }), c: field({ type: "integer", options: [1, 2] }) };
    expect(parse(fields, { n: "7", b: "false", o: '{"a": [1]}', c: "2" })).toEqual({ input: { n: 7, b: false, o: { a: [1] }, c: 2 }, errors: {} });
  });

  test("leaves out what is empty, so that the default counts", () => {
    expect(parse({ a: field({ default: "x" }), b: field({}) }, { a: "", b: undefined }).input).toEqual({});
  });

  test("has lines or JSON for a field of several values", () => {
    const fields = { many: field({ multiple: true, options: ["a", "b"] }) };
    expect(parse(fields, { many: "a\n b \n" }).input).toEqual({ many: ["a", "b"] });
    expect(parse(fields, { many: '["b"]' }).input).toEqual({ many: ["b"] });
  });

  test("says which field cannot be read", () => {
    const { errors } = parse({ n: field({ type: "number" }), o: field({ type: "object" }) }, { n: "seven", o: "{" });
    expect(Object.keys(errors)).toEqual(["n", "o"]);
  });
});

test("fields come by their order, then as they are written", () => {
  expect(inOrder({ b: field({}), c: field({}), a: field({ order: 1 }) }).map(([name]) => name)).toEqual(["a", "b", "c"]);
});

test("the errors of the server are of the fields that they name", () => {
  const details = [{ field: "input.name", message: "is required" }, { field: "list[0].x", message: "is wrong" }];
  expect(fieldErrors(details)).toEqual({ name: "is required", list: "is wrong" });
});
