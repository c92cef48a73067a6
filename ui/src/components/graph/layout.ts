/** Where the nodes of a small graph lie: from left to right, in layers, with few crossings. */
import dagre from "@dagrejs/dagre";
import { type Asked, GAP, NODE, type Placed } from "./size";

export function layout({ ids, edges }: Asked): Placed {
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
