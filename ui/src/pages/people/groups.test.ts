import { expect, test } from "vitest";
import { fromGroups, toGroups } from "./groups";

test("groups are read as they are typed, each once and none empty", () => {
  expect(toGroups(" ops,release managers , ,ops")).toEqual(["ops", "release managers"]);
  expect(toGroups(fromGroups(["a", "b"]))).toEqual(["a", "b"]);
  expect(toGroups("")).toEqual([]);
});
