/** Where the nodes of a large graph lie, in layers: it takes a time that grows with the edges alone. */
import type { Flow } from "./fold";
import { GAP, NODE, type Placed } from "./size";

/** A node lies right of all it waits for, near the middle of them. */
export function byLayers({ nodes, edges }: Flow): Placed {
  const indexOf = new Map(nodes.map(({ id }, at) => [id, at]));
  const before: number[][] = nodes.map(() => []);
  const after: number[][] = nodes.map(() => []);
  for (const edge of edges) {
    const [from, to] = [indexOf.get(edge.from), indexOf.get(edge.to)];
    if (from === undefined || to === undefined) continue;
    after[from]?.push(to);
    before[to]?.push(from);
  }
  const layers = layersOf(before, after);
  const tallest = layers.reduce((most, { length }) => Math.max(most, length), 1);
  const ys: number[] = nodes.map(() => 0);
  const placed: Placed = {};
  layers.forEach((members, column) => {
    const middle = members.map((at) => middleOf(before[at] ?? [], ys));
    const order = members.map((_, row) => row).sort((a, b) => (middle[a] ?? 0) - (middle[b] ?? 0));
    const top = ((tallest - members.length) / 2) * (NODE.height + GAP.down);
    order.forEach((from, row) => {
      const at = members[from] ?? 0;
      const y = top + row * (NODE.height + GAP.down);
      ys[at] = y;
      placed[nodes[at]?.id ?? ""] = { x: column * (NODE.width + GAP.across), y };
    });
  });
  return placed;
}

const middleOf = (before: readonly number[], ys: readonly number[]): number =>
  before.length === 0 ? 0 : before.reduce((sum, each) => sum + (ys[each] ?? 0), 0) / before.length;

/** The nodes by layer, each layer in their own order: a node's is the one after the last of what it waits for. */
function layersOf(before: readonly number[][], after: readonly number[][]): number[][] {
  const layer: number[] = before.map(() => 0);
  const open = before.map(({ length }) => length);
  const queue = [...open.keys()].filter((at) => open[at] === 0);
  for (let place = 0; place < queue.length; place += 1) {
    const at = queue[place] ?? 0;
    for (const next of after[at] ?? []) {
      layer[next] = Math.max(layer[next] ?? 0, (layer[at] ?? 0) + 1);
      const left = (open[next] ?? 1) - 1;
      open[next] = left;
      if (left === 0) queue.push(next);
    }
  }
  const layers: number[][] = [];
  layer.forEach((column, at) => (layers[column] ??= []).push(at));
  return layers;
}
