/** Who may import whom: downwards only, and no page another page. ui/README.md has the floors. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const SRC = new URL("../src/", import.meta.url).pathname;

/** From the bottom up: a floor imports from itself and from those before it. */
const FLOORS: readonly (readonly string[])[] = [["lib"], ["api"], ["queries"], ["components"], ["frame"], ["pages"], ["app"]];
const level = (room: string) => FLOORS.findIndex((floor) => floor.includes(room));

type Import = { from: string; to: string };

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));

const imports: Import[] = files.flatMap((from) =>
  [...readFileSync(join(SRC, from), "utf8").matchAll(/(?:from|import\(|URL\()\s*"(\.[^"]+)"/g)].map(([, path]) => ({
    from,
    to: relative(SRC, join(SRC, dirname(from), path ?? "")),
  })),
);

const roomOf = (file: string) => file.split("/")[0] ?? "";
const pageOf = (file: string) => file.split("/")[1] ?? "";
const show = ({ from, to }: Import) => `${from} imports ${to}`;

test("there is something to look at", () => {
  expect(files.length).toBeGreaterThan(50);
  expect(imports.length).toBeGreaterThan(150);
});

test("every folder below src is a floor", () => {
  expect([...new Set(files.map(roomOf))].filter((room) => level(room) < 0)).toEqual([]);
});

test("imports point down", () => {
  expect(imports.filter(({ from, to }) => level(roomOf(to)) > level(roomOf(from))).map(show)).toEqual([]);
});

test("components show what they are given: they read nothing from the server", () => {
  const wrong = imports.filter(({ from, to }) => roomOf(from) === "components" && (roomOf(to) === "queries" || to === "api/client"));
  expect(wrong.map(show)).toEqual([]);
});

test("pages and the frame ask the server through queries", () => {
  const wrong = imports.filter(({ from, to }) => ["pages", "frame"].includes(roomOf(from)) && to === "api/client");
  expect(wrong.map(show)).toEqual([]);
});

test("no page imports another page", () => {
  const wrong = imports.filter(({ from, to }) => roomOf(from) === "pages" && roomOf(to) === "pages" && pageOf(from) !== pageOf(to));
  expect(wrong.map(show)).toEqual([]);
});
