import { expect, test } from "vitest";
import { givenBy, isOfForm, linkTo, readLabels, writeLabels } from "./runLink";
import { parseSearch } from "./search";

test("a link gives back what it was made of", () => {
  const given = { rev: "v2", priority: "3", input: { name: "a & b=c" }, labels: { team: "blue" } };
  expect(givenBy(parseSearch(linkTo("shop", "deploy", given)))).toEqual(given);
});

test("what is empty is not in the link", () => {
  expect(linkTo("shop", "deploy", { rev: "", priority: "", input: { name: "" }, labels: {} })).toBe("?run=shop%2Fdeploy");
});

test("the names of the form are told from those of the page", () => {
  expect(["run", "rev", "input.x", "label.y", "status", "inputs"].filter(isOfForm)).toEqual(["run", "rev", "input.x", "label.y"]);
});

test("labels are pairs, and a value may have an equals sign", () => {
  expect(readLabels("team=blue, sum = 1+1=2,")).toEqual({ team: "blue", sum: "1+1=2" });
  expect(readLabels("team")).toBeNull();
  expect(readLabels(writeLabels({ a: "1", b: "2" }))).toEqual({ a: "1", b: "2" });
});
