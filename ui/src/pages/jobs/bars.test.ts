import { expect, test } from "vitest";
import { shares } from "./bars";

test("the longer of the two fills the track", () => {
  expect(shares(500, 1000)).toEqual({ took: 50, usual: 100 });
  expect(shares(4000, 1000)).toEqual({ took: 100, usual: 25 });
});

test("without a start or a median there is no bar, and a job of no length still shows one", () => {
  expect(shares(null, 1000)).toBeNull();
  expect(shares(10, null)).toBeNull();
  expect(shares(0, 1000)).toEqual({ took: 3, usual: 100 });
});
