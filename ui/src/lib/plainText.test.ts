import { expect, test } from "vitest";
import { partsOf, withoutCodes } from "./plainText";

const links = (text: string) => partsOf(text).filter((part) => part.isLink).map((part) => part.text);

test.each([
  ["see https://example.com/a?b=c#d.", ["https://example.com/a?b=c#d"]],
  ["(http://a.example) and https://b.example/x,", ["http://a.example", "https://b.example/x"]],
  ["javascript:alert(1) data:text/html,x ftp://a.example", []],
  ['<a href="https://a.example">', ["https://a.example"]],
])("the links of %s", (text, found) => {
  expect(links(text)).toEqual(found);
});

test("the parts are the whole text", () => {
  const text = "a https://a.example b\nhttps://b.example";
  expect(partsOf(text).map((part) => part.text).join("")).toBe(text);
});

test("codes of terminals are left out, and what they enclose stays", () => {
  expect(withoutCodes("\u001b[31mred\u001b[0m \u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007\u001b[2J\u0000\tend\n")).toBe("red link\tend\n");
});
