/** Folds a graph: steps that need no look become one node where they have the same neighbours, or follow one another. */
import { hasFailed } from "../../lib/status";

export type Node = { name: string; label?: string; status: string; loop: { total: number; ended: number } | null };
export type Edge = { from: string; to: string };
export type Kind = "step" | "stack" | "chain";
/** `members`: the steps that it stands for; one for a step by itself. */
export type Folded = { id: string; kind: Kind; members: readonly Node[] };
export type Flow = { nodes: readonly Folded[]; edges: readonly Edge[] };

const MIN_STACK = 3;
const MIN_CHAIN = 3;
/** A flow of so few nodes is drawn step by step, as far as its chains are concerned. */
const SMALL = 40;
/** Of the members of a stack, so many that need a look stand by themselves; more of them are a stack of their own. */
const MAX_ALONE = 20;

const needsLook = ({ status }: Node) => hasFailed(status) || ["running", "suspended", "paused"].includes(status);
const isFoldable = ({ members }: Folded) => members.every((each) => each.loop === null);

/** `opened`: the ids of stacks and chains whose steps are shown one by one. */
export function fold(nodes: readonly Node[], edges: readonly Edge[], opened: ReadonlySet<string>): Flow {
  const known = new Set(nodes.map(({ name }) => name));
  const flow: Flow = { nodes: nodes.map((node) => ({ id: node.name, kind: "step", members: [node] })), edges: edges.filter(({ from, to }) => known.has(from) && known.has(to)) };
  const stacked = withStacks(flow, opened);
  if (stacked.nodes.length <= SMALL) return stacked;
  return withStacks(withChains(stacked, opened), opened);
}

type Neighbours = { before: ReadonlyMap<string, readonly string[]>; after: ReadonlyMap<string, readonly string[]> };

function neighboursOf(edges: readonly Edge[]): Neighbours {
  const before = new Map<string, string[]>();
  const after = new Map<string, string[]>();
  const add = (to: Map<string, string[]>, key: string, value: string) => {
    const found = to.get(key);
    if (found) found.push(value);
    else to.set(key, [value]);
  };
  for (const { from, to } of edges) {
    add(after, from, to);
    add(before, to, from);
  }
  return { before, after };
}

/** Siblings with the same neighbours become one node each. */
function withStacks({ nodes, edges }: Flow, opened: ReadonlySet<string>): Flow {
  const { before, after } = neighboursOf(edges);
  const families = new Map<string, Folded[]>();
  for (const node of nodes) {
    if (!isFoldable(node)) continue;
    const family = JSON.stringify([before.get(node.id)?.toSorted() ?? [], after.get(node.id)?.toSorted() ?? [], node.members.length]);
    const found = families.get(family);
    if (found) found.push(node);
    else families.set(family, [node]);
  }
  const groups: Folded[][] = [];
  for (const family of families.values()) {
    const looked = family.filter((each) => each.members.some(needsLook));
    groups.push(family.filter((each) => !each.members.some(needsLook)), looked.length > MAX_ALONE ? looked : []);
  }
  return merged({ nodes, edges }, groups.filter((group) => group.length >= MIN_STACK), "stack", opened);
}

/** Steps of which each waits for the one before it alone, and which nothing else waits for, become one node. */
function withChains({ nodes, edges }: Flow, opened: ReadonlySet<string>): Flow {
  const { before, after } = neighboursOf(edges);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const fits = (node: Folded | undefined): node is Folded => node !== undefined && isFoldable(node) && node.kind === "step" && !node.members.some(needsLook);
  const next = (node: Folded): Folded | undefined => {
    const [only, other] = after.get(node.id) ?? [];
    const found = only !== undefined && other === undefined && before.get(only)?.length === 1 ? byId.get(only) : undefined;
    return fits(found) ? found : undefined;
  };
  const follows = new Set(nodes.flatMap((node) => (fits(node) ? (next(node)?.id ?? []) : [])));
  const chains: Folded[][] = [];
  for (const node of nodes) {
    if (!fits(node) || follows.has(node.id)) continue;
    const chain: Folded[] = [];
    for (let at: Folded | undefined = node; at; at = next(at)) chain.push(at);
    if (chain.length >= MIN_CHAIN) chains.push(chain);
  }
  return merged({ nodes, edges }, chains, "chain", opened);
}

/** The flow with one node for each group; a group that is opened stays as it is. */
function merged({ nodes, edges }: Flow, groups: readonly Folded[][], kind: Kind, opened: ReadonlySet<string>): Flow {
  const idOf = new Map<string, string>();
  const made = new Map<string, Folded>();
  for (const group of groups) {
    const id = `${kind}:${group[0]?.id ?? ""}`;
    if (opened.has(id)) continue;
    made.set(id, { id, kind, members: group.flatMap((each) => each.members) });
    for (const each of group) idOf.set(each.id, id);
  }
  if (made.size === 0) return { nodes, edges };
  const kept: Edge[] = [];
  const seen = new Set<string>();
  for (const edge of edges) {
    const [from, to] = [idOf.get(edge.from) ?? edge.from, idOf.get(edge.to) ?? edge.to];
    const key = `${from}\n${to}`;
    if (from === to || seen.has(key)) continue;
    seen.add(key);
    kept.push({ from, to });
  }
  return { nodes: [...nodes.filter((node) => !idOf.has(node.id)), ...made.values()], edges: kept };
}

const WORST = ["failed", "timed_out", "running", "suspended", "paused", "ready", "pending", "cancelled", "skipped", "completed"];

/** The status that stands for all members. */
export function statusOf({ members }: Pick<Folded, "members">): string {
  const found = new Set(members.map((each) => each.status));
  return WORST.find((status) => found.has(status)) ?? members[0]?.status ?? "pending";
}

/** `× 128`, `× 30, 3 failed`, `7 of 24`; null for a step by itself. */
export function countOf({ kind, members }: Folded): string | null {
  const loop = members[0]?.loop;
  if (kind === "step") return loop ? `${loop.ended.toLocaleString()} of ${loop.total.toLocaleString()}` : null;
  const failed = members.filter((each) => hasFailed(each.status)).length;
  return `× ${members.length.toLocaleString()}${failed > 0 && failed < members.length ? `, ${failed.toLocaleString()} failed` : ""}`;
}

/** `build`, or `build → ship` of a chain. */
export function nameOf({ kind, members }: Folded): string {
  const label = (node: Node | undefined) => node?.label ?? node?.name ?? "";
  return kind === "chain" ? `${label(members[0])} → ${label(members.at(-1))}` : label(members[0]);
}
