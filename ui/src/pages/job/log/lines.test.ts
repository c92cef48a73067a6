import { expect, test } from "vitest";
import { hashToLines, linesToHash } from "./lines";

test.each([
  { step: "build", attempt: 1, from: 3, to: 3 },
  { step: "each[17]", attempt: 2, from: 123, to: 130 },
  { step: "a:2:L4 %", attempt: 1, from: 1, to: 2 },
])("$step is read from an address as it was written into it", (lines) => {
  expect(hashToLines(`#${linesToHash(lines)}`)).toEqual(lines);
});

test("lines may be written backwards, and other texts are no lines", () => {
  expect(hashToLines("#build:1:L9-L3")).toMatchObject({ from: 3, to: 9 });
  expect(hashToLines("#main")).toBeNull();
  expect(hashToLines("#build:1:L")).toBeNull();
  expect(hashToLines("")).toBeNull();
});
