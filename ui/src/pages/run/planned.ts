/** A dry run as a graph: what will run, what will be skipped, and what is decided on the way. */
import type { Edge, Node } from "../../components/graph/fold";
import type { Plan } from "../../queries/tasks";

/** The status that a step would get, from the sentence of the server about it. */
export function statusOf(decision: string): string {
  if (decision.startsWith("would be skipped")) return "skipped";
  return decision.startsWith("decided when") ? "pending" : "ready";
}

export function planned({ steps }: Pick<Plan, "steps">): { nodes: Node[]; edges: Edge[]; noteOf: (step: string) => string | null } {
  const decisions = new Map(steps.map((step) => [step.step_name, step.decision]));
  return {
    nodes: steps.map(({ step_name: name, decision }) => ({ name, status: statusOf(decision), loop: null })),
    edges: steps.flatMap(({ step_name: to, depends_on }) => depends_on.map((from) => ({ from, to }))),
    noteOf: (step) => decisions.get(step) || null,
  };
}
