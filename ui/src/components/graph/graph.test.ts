import { expect, test } from "vitest";
import { countOf, fold, type Folded, nameOf, type Node, statusOf } from "./fold";
import { byLayers } from "./layers";
import { layout } from "./layout";
import { boundsOf, boxOf, idAt, idsIn, isWithin } from "./region";
import { nodeOf, neighbour } from "./walk";

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
  expect(statusOf({ members: [node("a"), node("b", "ready"), node("c", "skipped")] })).toBe("ready");
});

const unfolded = (count: number, edges: readonly (readonly [string, string])[]) => ({
  nodes: Array.from({ length: count }, (_, at): Folded => ({ id: `n${at}`, kind: "step", members: [node(`n${at}`)] })),
  edges: edges.map(([from, to]) => ({ from, to })),
});
const WAYS = {
  dagre: (count: number, edges: readonly (readonly [string, string])[]) => layout({ ids: Array.from({ length: count }, (_, at) => `n${at}`), edges }),
  layers: (count: number, edges: readonly (readonly [string, string])[]) => byLayers(unfolded(count, edges)),
};

test.each([["dagre", 60], ["layers", 900]] as const)("%s: every node of %i is right of what it waits for, and no two overlap", (way, count) => {
  const edges = Array.from({ length: count - 1 }, (_, at) => [`n${Math.floor(at / 3)}`, `n${at + 1}`] as const);
  const placed = WAYS[way](count, edges);
  for (const [from, to] of edges) expect(placed[to]?.x).toBeGreaterThan(placed[from]?.x ?? Infinity);
  expect(new Set(Object.values(placed).map(({ x, y }) => `${x} ${y}`)).size).toBe(count);
});

test("ten thousand nodes are laid out in layers without dagre", () => {
  const edges = Array.from({ length: 9900 }, (_, at) => [`n${at}`, `n${at + 100}`] as const);
  expect(Object.keys(byLayers(unfolded(10_000, edges)))).toHaveLength(10_000);
});

test("a node of a layer lies beside what it waits for, so that its edge crosses no other", () => {
  const { nodes, edges } = unfolded(6, [["n0", "n5"], ["n1", "n4"], ["n2", "n3"]]);
  const placed = byLayers({ nodes, edges });
  for (const { from, to } of edges) expect(placed[to]?.y).toBe(placed[from]?.y);
});

const chainOf = (names: readonly string[], statuses: Record<string, string> = {}) => ({
  nodes: names.map((name) => node(name, statuses[name])),
  edges: names.slice(1).map((to, at) => ({ from: names[at] ?? "", to })),
});
const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
const shapes = (nodes: readonly Folded[]) => nodes.map(({ id, members }) => `${id} ${members.length}`).sort();

test("a long chain is a capsule on each side of the step that failed", () => {
  const { nodes, edges } = chainOf(numbered("s", 100), { s50: "failed" });
  const folded = fold(nodes, edges, NONE);
  expect(shapes(folded.nodes)).toEqual(["chain:s0 50", "chain:s51 49", "s50 1"]);
  expect(folded.edges).toEqual([{ from: "chain:s0", to: "s50" }, { from: "s50", to: "chain:s51" }]);
  expect(folded.nodes.filter((each) => each.kind === "chain").map((each) => [nameOf(each), countOf(each)])).toEqual([["s0 → s49", "× 50"], ["s51 → s99", "× 49"]]);
  expect(fold(nodes, edges, new Set(["chain:s0", "chain:s51"])).nodes).toHaveLength(100);
});

test("a chain of a small flow is drawn step by step", () => {
  const { nodes, edges } = chainOf(numbered("s", 12));
  expect(fold(nodes, edges, NONE).nodes).toHaveLength(12);
});

test("chains side by side are one stack of chains, and ten thousand steps are three nodes", () => {
  const lanes = Array.from({ length: 2000 }, (_, lane) => numbered(`l${lane}-`, 5));
  const nodes = [node("start"), ...lanes.flat().map((name) => node(name)), node("end")];
  const edges = lanes.flatMap((lane) => [{ from: "start", to: lane[0] ?? "" }, ...chainOf(lane).edges, { from: lane.at(-1) ?? "", to: "end" }]);
  expect(shapes(fold(nodes, edges, NONE).nodes)).toEqual(["end 1", "stack:chain:l0-0 10000", "start 1"]);
});

test("many siblings that need a look are a stack of their own, with its count of failures", () => {
  const parts = Array.from({ length: 60 }, (_, at) => node(`p${at}`, at < 30 ? "completed" : at < 45 ? "failed" : "running"));
  const { nodes } = fold([node("start"), ...parts], parts.map(({ name }) => ({ from: "start", to: name })), NONE);
  expect(nodes.map(countOf).filter(Boolean).sort()).toEqual(["× 30", "× 30, 15 failed"]);
});

test("no step is lost or shown twice, and no edge leads nowhere, whatever is folded", () => {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 16807) % 2147483647) % below;
  for (let round = 0; round < 60; round += 1) {
    const names = numbered("n", 20 + random(120));
    const edges = names.flatMap((to, at) => (at === 0 ? [] : Array.from({ length: random(3) }, () => ({ from: names[random(at)] ?? "", to }))));
    const nodes = names.map((name) => node(name, ["completed", "failed", "running", "pending"][random(12)] ?? "completed"));
    const folded = fold(nodes, edges, NONE);
    expect(folded.nodes.flatMap((each) => each.members.map(({ name }) => name)).sort()).toEqual([...names].sort());
    const ids = new Set(folded.nodes.map(({ id }) => id));
    for (const { from, to } of folded.edges) expect([ids.has(from), ids.has(to), from !== to]).toEqual([true, true, true]);
  }
});

const PLACED = { a: { x: 0, y: 0 }, b: { x: 264, y: 0 }, c: { x: 264, y: 54 } };

test("the nodes in view are found, and the node at a point", () => {
  const view = boxOf({ x: 0, y: 0, zoom: 1 }, 250, 30);
  expect(idsIn(view, PLACED)).toEqual(["a"]);
  expect(idsIn(boxOf({ x: 0, y: 0, zoom: 0.5 }, 250, 30), PLACED)).toEqual(["a", "b", "c"]);
  expect(isWithin(view, boxOf({ x: 0, y: 0, zoom: 1 }, 250, 30, 0.5))).toBe(true);
  expect([idAt({ x: 300, y: 60 }, PLACED), idAt({ x: 230, y: 20 }, PLACED)]).toEqual(["c", undefined]);
  expect(boundsOf(PLACED)).toEqual({ x: 0, y: 0, width: 464, height: 94 });
});

test("arrow keys walk along the edges and within a column; an instance of a loop is its loop", () => {
  const flow = fold([node("a"), node("b"), node("c")], [{ from: "a", to: "b" }, { from: "a", to: "c" }], NONE);
  const [a, b, c] = ["a[3]", "b", "c"].map((name) => nodeOf(name, flow));
  expect(a && neighbour(a, "ArrowRight", flow, PLACED)).toBe(b);
  expect(b && neighbour(b, "ArrowDown", flow, PLACED)).toBe(c);
  expect(c && neighbour(c, "ArrowLeft", flow, PLACED)).toBe(a);
  expect(nodeOf(undefined, flow)).toBeUndefined();
});
