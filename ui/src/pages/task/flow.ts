/** The flow of a definition as a graph, and what is said of each of its steps. */
import type { Edge, Node } from "../../components/graph/fold";
import type { TaskDetail } from "../../queries/tasks";

type Step = TaskDetail["flow"][string];
export type Dependency = NonNullable<Step["depends_on"]>[number];

/** The steps that it names, at any depth. */
function namesIn(need: Dependency): string[] {
  if (typeof need === "string") return [need];
  if ("step" in need) return [need.step];
  return ("all" in need ? need.all : need.any).flatMap(namesIn);
}

/** A step of a definition has no status. */
export function flowOf(flow: TaskDetail["flow"]): { nodes: Node[]; edges: Edge[] } {
  const nodes = Object.entries(flow).map(([name, step]): Node => ({ name, label: step.name ?? name, status: "", loop: null }));
  const edges = Object.entries(flow).flatMap(([to, step]) => [...new Set((step.depends_on ?? []).flatMap(namesIn))].map((from) => ({ from, to })));
  return { nodes, edges };
}

/** `after build, test (any)`. */
export const after = (needs: readonly Dependency[] | undefined): string => (needs && needs.length > 0 ? `after ${needs.map(said).join(", ")}` : "at once");

function said(need: Dependency): string {
  if (typeof need === "string") return need;
  if ("step" in need) return `${need.step} (${[need.accept].flat().join(" or ")})`;
  return "all" in need ? `all of ${need.all.map(said).join(", ")}` : `any of ${need.any.map(said).join(", ")}`;
}

/** What else decides whether and how often it runs. */
export function conditions({ when, for_each, retry }: Step): string[] {
  return [when && `when ${when}`, for_each !== undefined && "for each item", retry && `up to ${retry.max_attempts} attempts`].filter((each): each is string => Boolean(each));
}

/** The second line of its node. */
export const noteOf = (step: Step): string => [step.action ?? step.type ?? "", step.for_each !== undefined ? "for each item" : "", step.when ? `when ${step.when}` : ""].filter(Boolean).join(" · ");
