/** Where the nodes of a graph lie: from left to right, in layers. */
import dagre from "@dagrejs/dagre";
import { type Asked, NODE, type Placed } from "./size";

const GAP = { across: 64, down: 14 };
/** Above it dagre takes seconds. */
export const MAX_DAGRE = 300;

export const layout = (asked: Asked): Placed => (asked.ids.length <= MAX_DAGRE ? byDagre(asked) : byLayers(asked));

function byDagre({ ids, edges }: Asked): Placed {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", ranker: "tight-tree", nodesep: GAP.down, ranksep: GAP.across });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of ids) graph.setNode(id, { ...NODE });
  for (const [from, to] of edges) graph.setEdge(from, to);
  dagre.layout(graph);
  return Object.fromEntries(ids.map((id) => {
    const { x, y } = graph.node(id) as { x: number; y: number };
    return [id, { x: x - NODE.width / 2, y: y - NODE.height / 2 }];
  }));
}

/** Takes time that grows with the edges alone: a node lies right of all it waits for, near the middle of them. */
export function byLayers({ ids, edges }: Asked): Placed {
  const before = new Map<string, string[]>(ids.map((id) => [id, []]));
  const after = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const [from, to] of edges) {
    after.get(from)?.push(to);
    before.get(to)?.push(from);
  }
  const layer = new Map<string, number>();
  const open = new Map(ids.map((id) => [id, before.get(id)?.length ?? 0]));
  const queue = ids.filter((id) => open.get(id) === 0);
  for (let at = 0; at < queue.length; at += 1) {
    const id = queue[at] ?? "";
    layer.set(id, Math.max(0, ...(before.get(id) ?? []).map((each) => (layer.get(each) ?? 0) + 1)));
    for (const next of after.get(id) ?? []) {
      const left = (open.get(next) ?? 1) - 1;
      open.set(next, left);
      if (left === 0) queue.push(next);
    }
  }
  const layers: string[][] = [];
  for (const id of ids) (layers[layer.get(id) ?? 0] ??= []).push(id);
  const tallest = Math.max(1, ...layers.map((each) => each.length));
  const placed: Placed = {};
  layers.forEach((members, column) => {
    const middle = (id: string) => {
      const ys = (before.get(id) ?? []).map((each) => placed[each]?.y ?? 0);
      return ys.length === 0 ? 0 : ys.reduce((sum, y) => sum + y, 0) / ys.length;
    };
    const sorted = column === 0 ? members : members.map((id) => ({ id, y: middle(id) })).sort((a, b) => a.y - b.y).map(({ id }) => id);
    const top = ((tallest - sorted.length) / 2) * (NODE.height + GAP.down);
    sorted.forEach((id, row) => {
      placed[id] = { x: column * (NODE.width + GAP.across), y: top + row * (NODE.height + GAP.down) };
    });
  });
  return placed;
}
