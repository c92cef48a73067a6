import { expect, test } from "vitest";
import { fileLink, revisionLink } from "./codeHost";

const TEMPLATE = "https://code.example.org/shop/blob/{revision}/{path}#L{line}";

test("a file is linked at its line, and each part of its path is escaped", () => {
  expect(fileLink(TEMPLATE, "abc", "a b/c#d.yaml", 3)).toBe("https://code.example.org/shop/blob/abc/a%20b/c%23d.yaml#L3");
});

test("without a line the link has none", () => {
  expect(fileLink(TEMPLATE, "abc", "a.yaml")).toBe("https://code.example.org/shop/blob/abc/a.yaml");
});

test("a revision is linked as the folder of its files", () => {
  expect(revisionLink(TEMPLATE, "abc")).toBe("https://code.example.org/shop/tree/abc");
  expect(revisionLink("https://code.example.org/{path}", "abc")).toBeNull();
});

test("what is no web address is no link", () => {
  expect(fileLink("javascript:alert({revision})", "abc", "a.yaml", 1)).toBeNull();
  expect(revisionLink(null, "abc")).toBeNull();
});
