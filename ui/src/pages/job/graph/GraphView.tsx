/** The flow as a picture. The list of steps beside it says the same in words; arrow keys walk along the edges. */
import "@xyflow/react/dist/base.css";
import { Background, Controls, type Edge as FlowEdge, type Node as FlowNode, ReactFlow } from "@xyflow/react";
import { type KeyboardEvent, useMemo, useState } from "react";
import { ErrorState } from "../../../components/ErrorState";
import { EmptyState, Skeleton } from "../../../components/States";
import { useGraph } from "../../../queries/graph";
import type { JobDetail } from "../../../queries/jobs";
import { stateOf } from "../acts/state";
import { type Edge, fold, type Folded, type Node, statusOf } from "./fold";
import { GraphNode, type NodeData } from "./GraphNode";
import { MAX_NODES, NODE } from "./size";
import { useLayout } from "./useLayout";

type Props = { job: JobDetail; chosen: string | undefined; onChoose: (step: string) => void };

export function GraphView({ job, chosen, onChoose }: Props) {
  const { data, error, isPending } = useGraph(job.job_id, stateOf(job));
  if (isPending) return <Skeleton />;
  if (error && !data) return <div className="px-4"><ErrorState error={error} what="The graph could not be read" /></div>;
  return data && <Picture key={job.job_id} job={job} nodes={data.nodes.map((node) => nodeOf(job, node))} edges={data.edges} chosen={chosen} onChoose={onChoose} />;
}

/** With the status that the job shows, which may be that of an earlier moment. */
function nodeOf(job: JobDetail, node: { step_name: string; status: string; loop_total: number | null; ended_instances: number | null }): Node {
  const status = job.steps.find((step) => step.step_name === node.step_name)?.status ?? node.status;
  return { name: node.step_name, status, loop: node.loop_total === null ? null : { total: node.loop_total, ended: node.ended_instances ?? 0 } };
}

type PictureProps = { job: JobDetail; nodes: Node[]; edges: readonly Edge[]; chosen: string | undefined; onChoose: (step: string) => void };

const TYPES = { step: GraphNode };

function Picture({ nodes, edges, chosen, onChoose }: PictureProps) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const folded = fold(nodes, edges, opened);
  const isTooLarge = folded.nodes.length > MAX_NODES;
  const asked = useMemo(
    () => ({ ids: isTooLarge ? [] : folded.nodes.map((each) => each.id), edges: isTooLarge ? [] : folded.edges.map(({ from, to }) => [from, to] as const) }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- by what is in it: the objects are new each time
    [isTooLarge, JSON.stringify([folded.nodes.map((each) => each.id), folded.edges])],
  );
  const placed = useLayout(asked);
  if (isTooLarge) return <EmptyState title={`This flow has ${folded.nodes.length.toLocaleString()} steps that are not alike: too many for a picture. The timeline has all of them.`} />;
  if (!placed) return <Skeleton rows={4} />;

  const base = (chosen ?? "").replace(/\[\d+\]$/, "");
  const at = folded.nodes.find((each) => each.id === base || each.members.some((member) => member.name === base));
  const choose = (node: Folded) => {
    const first = node.members[0];
    if (node.members.length > 1) setOpened((before) => new Set(before).add(node.id));
    if (first) onChoose(first.name);
  };
  const shown: FlowNode<NodeData>[] = folded.nodes.map((node) => ({
    id: node.id, type: "step", position: placed[node.id] ?? { x: 0, y: 0 }, ...NODE,
    data: { name: node.members[0]?.name ?? "", count: node.members.length, status: statusOf(node), loop: node.members[0]?.loop ?? null, isChosen: node === at },
  }));
  const lines: FlowEdge[] = folded.edges.map(({ from, to }) => ({ id: `${from}\n${to}`, source: from, target: to, focusable: false }));
  const onKeyDown = (event: KeyboardEvent) => {
    const next = at && neighbour(at, event.key, folded, placed);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    if (next.members[0]) onChoose(next.members[0].name);
  };
  return (
    <div role="group" aria-label="Graph of the steps; arrow keys walk along its edges" tabIndex={0} onKeyDown={onKeyDown} className="min-h-0 flex-1 -outline-offset-2" data-graph={folded.nodes.length}>
      <ReactFlow nodes={shown} edges={lines} nodeTypes={TYPES} fitView fitViewOptions={{ maxZoom: 1, padding: 0.1 }} minZoom={0.05} onlyRenderVisibleElements={shown.length > 100}
        nodesDraggable={false} nodesConnectable={false} nodesFocusable={false} edgesFocusable={false} elementsSelectable={false} disableKeyboardA11y proOptions={{ hideAttribution: true }}
        onNodeClick={(_, { id }) => {
          const node = folded.nodes.find((each) => each.id === id);
          if (node) choose(node);
        }}>
        <Background gap={24} color="var(--line)" />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

/** → what waits for it, ← what it waits for, ↓ ↑ the next and the previous in its column. */
function neighbour(at: Folded, key: string, { nodes, edges }: { nodes: readonly Folded[]; edges: readonly Edge[] }, placed: Record<string, { x: number; y: number }>): Folded | undefined {
  const find = (id: string | undefined) => nodes.find((each) => each.id === id);
  if (key === "ArrowRight") return find(edges.find((edge) => edge.from === at.id)?.to);
  if (key === "ArrowLeft") return find(edges.find((edge) => edge.to === at.id)?.from);
  if (key !== "ArrowDown" && key !== "ArrowUp") return undefined;
  const [x, y] = [placed[at.id]?.x ?? 0, placed[at.id]?.y ?? 0];
  const way = key === "ArrowDown" ? 1 : -1;
  const column = nodes.filter((each) => Math.abs((placed[each.id]?.x ?? 0) - x) < NODE.width && ((placed[each.id]?.y ?? 0) - y) * way > 0);
  return column.sort((a, b) => ((placed[a.id]?.y ?? 0) - (placed[b.id]?.y ?? 0)) * way)[0];
}
