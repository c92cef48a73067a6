import { expect, test } from "vitest";
import { changesTo, valuesFrom } from "./before";
import { parse } from "./fields";
import type { InputField } from "./inputField";

const field = (type: InputField["type"], more: Partial<InputField> = {}) => ({ type, required: false, ...more }) as InputField;
const FIELDS = { version: field("string"), count: field("integer"), hosts: field("array"), token: field("string", { secret: true }) };
const BEFORE = { version: "1.2", count: 3, hosts: ["a", "b"], token: "••••" };

test("a form that is sent as it was filled in changes nothing", () => {
  const { input } = parse(FIELDS, valuesFrom(FIELDS, BEFORE));
  expect(changesTo(FIELDS, BEFORE, input)).toEqual({});
});

test("the mask of a secret is never put into the form, nor sent", () => {
  expect(valuesFrom(FIELDS, BEFORE)).not.toHaveProperty("token");
});

test("what differs is sent, and what was emptied is sent as null", () => {
  const { input } = parse(FIELDS, { ...valuesFrom(FIELDS, BEFORE), version: "1.3", count: "", token: "new" });
  expect(changesTo(FIELDS, BEFORE, input)).toEqual({ version: "1.3", count: null, token: "new" });
});
