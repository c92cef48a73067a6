/** Walking through a graph with the arrow keys. */
import type { Flow, Folded } from "./fold";
import { NODE, type Placed } from "./size";

/** → what waits for it, ← what it waits for, ↓ ↑ the next and the previous in its column. */
export function neighbour(at: Folded, key: string, { nodes, edges }: Flow, placed: Placed): Folded | undefined {
  const find = (id: string | undefined) => nodes.find((each) => each.id === id);
  if (key === "ArrowRight") return find(edges.find((edge) => edge.from === at.id)?.to);
  if (key === "ArrowLeft") return find(edges.find((edge) => edge.to === at.id)?.from);
  if (key !== "ArrowDown" && key !== "ArrowUp") return undefined;
  const [x, y] = [placed[at.id]?.x ?? 0, placed[at.id]?.y ?? 0];
  const way = key === "ArrowDown" ? 1 : -1;
  const column = nodes.filter((each) => Math.abs((placed[each.id]?.x ?? 0) - x) < NODE.width && ((placed[each.id]?.y ?? 0) - y) * way > 0);
  return column.sort((a, b) => ((placed[a.id]?.y ?? 0) - (placed[b.id]?.y ?? 0)) * way)[0];
}

/** The node that stands for a step, or for an instance of a loop. */
export function nodeOf(step: string | undefined, { nodes }: Flow): Folded | undefined {
  const base = (step ?? "").replace(/\[\d+\]$/, "");
  return base === "" ? undefined : nodes.find((each) => each.id === base || each.members.some((member) => member.name === base));
}
