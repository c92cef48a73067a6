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
  const chained = withChains(stacked, opened);
  return chained === stacked ? stacked : withStacks(chained, opened);
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

const grouped = (nodes: readonly Folded[], keyOf: (node: Folded) => string): Folded[][] => {
  const groups = new Map<string, Folded[]>();
  for (const node of nodes) {
    const key = keyOf(node);
    const found = groups.get(key);
    if (found) found.push(node);
    else groups.set(key, [node]);
  }
  return [...groups.values()];
};

/** The nodes in groups with the same neighbours. Few nodes have what is compared exactly: sums find those that may be alike. */
function familiesOf({ nodes, edges }: Flow): Folded[][] {
  const { before, after } = neighboursOf(edges);
  const numbers = new Map(nodes.map(({ id }, at) => [id, scattered(at)]));
  const sum = (ids: readonly string[] | undefined) => (ids ?? []).reduce((total, id) => (total + (numbers.get(id) ?? 0)) | 0, 0);
  const maybe = grouped(nodes.filter(isFoldable), ({ id, members }) => `${sum(before.get(id))} ${sum(after.get(id))} ${members.length}`);
  const alike = maybe.filter((group) => group.length >= MIN_STACK);
  return alike.flatMap((group) => grouped(group, ({ id }) => JSON.stringify([before.get(id)?.toSorted(), after.get(id)?.toSorted()])));
}

/** A number that is spread over 32 bits, so that sums of a few of them are seldom equal. */
function scattered(at: number): number {
  const spread = Math.imul(at + 1, 0x9e3779b1);
  return Math.imul(spread ^ (spread >>> 16), 0x85ebca6b);
}

/** Siblings with the same neighbours become one node each. */
function withStacks(flow: Flow, opened: ReadonlySet<string>): Flow {
  const groups: Folded[][] = [];
  for (const family of familiesOf(flow)) {
    const looked = family.filter((each) => each.members.some(needsLook));
    groups.push(family.filter((each) => !each.members.some(needsLook)), looked.length > MAX_ALONE ? looked : []);
  }
  return merged(flow, groups.filter((group) => group.length >= MIN_STACK), "stack", opened);
}

/** Steps of which each waits for the one before it alone, and which nothing else waits for, become one node. */
function withChains(flow: Flow, opened: ReadonlySet<string>): Flow {
  const { nodes, edges } = flow;
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
  return merged(flow, chains, "chain", opened);
}

/** The flow with one node for each group; a group that is opened stays as it is. */
function merged(flow: Flow, groups: readonly Folded[][], kind: Kind, opened: ReadonlySet<string>): Flow {
  const idOf = new Map<string, string>();
  const made = new Map<string, Folded>();
  for (const group of groups) {
    const id = `${kind}:${group[0]?.id ?? ""}`;
    if (opened.has(id)) continue;
    made.set(id, { id, kind, members: group.flatMap((each) => each.members) });
    for (const each of group) idOf.set(each.id, id);
  }
  if (made.size === 0) return flow;
  const kept: Edge[] = [];
  const seen = new Set<string>();
  for (const edge of flow.edges) {
    const [from, to] = [idOf.get(edge.from) ?? edge.from, idOf.get(edge.to) ?? edge.to];
    const key = `${from}\n${to}`;
    if (from === to || seen.has(key)) continue;
    seen.add(key);
    kept.push({ from, to });
  }
  return { nodes: [...flow.nodes.filter((node) => !idOf.has(node.id)), ...made.values()], edges: kept };
}

const WORST = ["failed", "timed_out", "running", "suspended", "paused", "ready", "pending", "cancelled", "skipped", "completed"];

/** The status that stands for all members. */
export function statusOf({ members }: Pick<Folded, "members">): string {
  const [first] = members;
  if (first && members.length === 1) return first.status;
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
