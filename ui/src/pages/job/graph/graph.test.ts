import { expect, test } from "vitest";
import { fold, type Node, statusOf } from "./fold";
import { byLayers, layout } from "./layout";

const node = (name: string, status = "completed"): Node => ({ name, status, loop: null });
const PARTS = Array.from({ length: 40 }, (_, at) => node(`part-${at}`, at === 7 ? "failed" : "completed"));
const NODES = [node("start"), ...PARTS, node("end")];
const EDGES = PARTS.flatMap(({ name }) => [{ from: "start", to: name }, { from: name, to: "end" }]);
const NONE = new Set<string>();

test("equal siblings are one node, and the failed one stands by itself", () => {
  const { nodes, edges } = fold(NODES, EDGES, NONE);
  expect(nodes.map(({ id, members }) => [id, members.length]).sort()).toEqual([["end", 1], ["part-7", 1], ["stack:part-0", 39], ["start", 1]]);
  expect(edges).toHaveLength(4);
});

test("an opened stack shows its steps one by one", () => {
  expect(fold(NODES, EDGES, new Set(["stack:part-0"])).nodes).toHaveLength(42);
});

test("siblings with other neighbours, and two alone, are not folded", () => {
  expect(fold([node("a"), node("b"), node("c")], [{ from: "a", to: "b" }, { from: "a", to: "c" }], NONE).nodes).toHaveLength(3);
});

test("a stack shows the status that needs the most attention", () => {
  expect(statusOf({ id: "s", members: [node("a"), node("b", "ready"), node("c", "skipped")] })).toBe("ready");
});

test.each([["dagre", 60], ["layers", 900]])("%s: every node of %i is right of what it waits for, and no two overlap", (_, count) => {
  const ids = Array.from({ length: count }, (__, at) => `n${at}`);
  const edges = ids.slice(1).map((id, at) => [`n${Math.floor(at / 3)}`, id] as const);
  const placed = layout({ ids, edges });
  for (const [from, to] of edges) expect(placed[to]?.x).toBeGreaterThan(placed[from]?.x ?? Infinity);
  expect(new Set(Object.values(placed).map(({ x, y }) => `${x} ${y}`)).size).toBe(count);
});

test("ten thousand nodes are laid out in layers without dagre", () => {
  const ids = Array.from({ length: 10_000 }, (_, at) => `n${at}`);
  const edges = ids.slice(100).map((id, at) => [`n${at}`, id] as const);
  expect(Object.keys(byLayers({ ids, edges }))).toHaveLength(10_000);
});
