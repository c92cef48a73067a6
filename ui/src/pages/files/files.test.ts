import { expect, test } from "vitest";
import { matching, opened, parts } from "./opened";
import { readFilesSearch } from "./search";

const FILES = [
  { path: ".workflows/deploy.yaml", kind: "file" as const },
  { path: "README.md", kind: "file" as const },
  { path: "vendor", kind: "folder" as const },
];

test.each([["", 3], ["work dep", 1], ["READ", 1], ["nothing", 0]])("%j finds %i files", (typed, count) => {
  expect(matching(FILES, typed)).toHaveLength(count);
});

test("a definition is opened first, then any file, and always the one that is wanted", () => {
  expect(opened(FILES, undefined)).toBe(".workflows/deploy.yaml");
  expect(opened(FILES.slice(1), undefined)).toBe("README.md");
  expect(opened(FILES.slice(2), undefined)).toBeUndefined();
  expect(opened(FILES, "gone.txt")).toBe("gone.txt");
});

test("a path is a folder and a name", () => {
  expect(parts("a/b/c.py")).toEqual(["a/b/", "c.py"]);
  expect(parts("c.py")).toEqual(["", "c.py"]);
});

test("an address that nobody made has no line", () => {
  expect(readFilesSearch({ at: "v1", path: "a", line: "0" })).toEqual({ at: "v1", path: "a", line: undefined });
  expect(readFilesSearch({ path: 3, line: "12" })).toEqual({ at: undefined, path: undefined, line: "12" });
});
