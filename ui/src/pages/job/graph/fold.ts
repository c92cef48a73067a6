/** Folds a graph: steps with the same neighbours that need no look become one node with a count. */
import { hasFailed } from "../../../lib/status";

export type Node = { name: string; status: string; loop: { total: number; ended: number } | null };
export type Edge = { from: string; to: string };
/** `members`: the steps of a stack; one for a step by itself. */
export type Folded = { id: string; members: readonly Node[] };

const MIN_STACK = 3;

const needsLook = ({ status }: Node) => hasFailed(status) || ["running", "suspended", "paused"].includes(status);

/** `opened`: the ids of stacks whose steps are shown one by one. */
export function fold(nodes: readonly Node[], edges: readonly Edge[], opened: ReadonlySet<string>): { nodes: Folded[]; edges: Edge[] } {
  const before = new Map<string, string[]>();
  const after = new Map<string, string[]>();
  for (const { from, to } of edges) {
    after.set(from, [...(after.get(from) ?? []), to]);
    before.set(to, [...(before.get(to) ?? []), from]);
  }
  const families = new Map<string, Node[]>();
  for (const node of nodes) {
    if (needsLook(node) || node.loop) continue;
    const family = JSON.stringify([before.get(node.name)?.toSorted() ?? [], after.get(node.name)?.toSorted() ?? []]);
    families.set(family, [...(families.get(family) ?? []), node]);
  }
  const idOf = new Map(nodes.map((node) => [node.name, node.name]));
  const folded = new Map<string, Node[]>(nodes.map((node) => [node.name, [node]]));
  for (const members of families.values()) {
    const id = `stack:${members[0]?.name ?? ""}`;
    if (members.length < MIN_STACK || opened.has(id)) continue;
    for (const { name } of members) {
      idOf.set(name, id);
      folded.delete(name);
    }
    folded.set(id, members);
  }
  const seen = new Set<string>();
  const kept = edges.flatMap(({ from, to }): Edge[] => {
    const edge = { from: idOf.get(from) ?? from, to: idOf.get(to) ?? to };
    const key = JSON.stringify(edge);
    if (seen.has(key) || edge.from === edge.to) return [];
    seen.add(key);
    return [edge];
  });
  return { nodes: [...folded].map(([id, members]) => ({ id, members })), edges: kept };
}

const WORST = ["failed", "running", "suspended", "ready", "pending", "cancelled", "skipped", "completed"];

/** The status that stands for a stack. */
export const statusOf = ({ members }: Folded): string => WORST.find((status) => members.some((each) => each.status === status)) ?? members[0]?.status ?? "pending";
