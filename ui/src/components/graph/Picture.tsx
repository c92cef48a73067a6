/** The drawn graph. React Flow gets the nodes that are in view and can be read; all else is painted. */
import { Background, ControlButton, Controls, type Edge as FlowEdge, getViewportForBounds, type Node as FlowNode, ReactFlow, type ReactFlowInstance } from "@xyflow/react";
import { Maximize } from "lucide-react";
import { type MouseEvent, type Ref, useImperativeHandle, useMemo, useRef, useState } from "react";
import { useTheme } from "../../lib/theme";
import { countOf, type Flow, type Folded, nameOf, statusOf } from "./fold";
import { GraphCanvas } from "./GraphCanvas";
import { GraphNode, type NodeData } from "./GraphNode";
import type { Size } from "./paint";
import { boundsOf, boxOf, FAR, idAt, idsIn, isWithin, type Viewport } from "./region";
import { NODE, type Placed } from "./size";

/** `show` moves the view to a node that is out of it. */
export type PictureActs = { show: (id: string) => void };

type Props = {
  ref: Ref<PictureActs>;
  flow: Flow;
  placed: Placed;
  size: Size;
  chosen: Folded | undefined;
  onChoose: (node: Folded) => void;
  noteOf: ((step: string) => string | null) | undefined;
};

const TYPES = { step: GraphNode };
const MAX_ZOOM = 2;
/** So much around the view is drawn already, so that a short move draws nothing new. */
const MARGIN = 0.5;

export function Picture({ ref, flow, placed, size, chosen, onChoose, noteOf }: Props) {
  const instance = useRef<ReactFlowInstance<FlowNode<NodeData>>>(null);
  const theme = useTheme();
  const whole = useMemo(() => viewportOf(placed, size), [placed, size]);
  const [first] = useState(() => (whole.zoom < READABLE && flow.nodes.length <= FEW ? startOf(placed, size) : whole));
  const [drawn, setDrawn] = useState(first);
  const [hovered, setHovered] = useState<string>();
  const isFar = drawn.zoom < FAR;
  const byId = useMemo(() => new Map(flow.nodes.map((node) => [node.id, node])), [flow]);
  const statuses = useMemo(() => new Map(flow.nodes.map((node) => [node.id, statusOf(node)])), [flow]);
  const graph = useMemo(() => ({ placed, edges: flow.edges, statuses, chosen: chosen?.id }), [placed, flow, statuses, chosen]);
  const ids = useMemo(() => (isFar ? [] : idsIn(boxOf(drawn, size.width, size.height, MARGIN), placed)), [isFar, drawn, size, placed]);
  const nodes = useMemo(() => ids.flatMap((id): FlowNode<NodeData>[] => {
    const node = byId.get(id);
    const position = placed[id];
    if (!node || !position) return [];
    const note = node.kind === "step" ? (noteOf?.(id) ?? null) : null;
    const data = { name: nameOf(node), kind: node.kind, members: node.members.length, status: statuses.get(id) ?? "", count: countOf(node), note, isChosen: node === chosen };
    return [{ id, type: "step", position, ...NODE, data }];
  }), [ids, byId, placed, statuses, chosen, noteOf]);

  const onMove = (_: unknown, now: Viewport) => {
    const isLeft = !isWithin(boxOf(now, size.width, size.height), boxOf(drawn, size.width, size.height, MARGIN));
    if (now.zoom < FAR !== isFar || (!isFar && isLeft)) setDrawn(now);
  };
  useImperativeHandle(ref, () => ({
    show: (id) => {
      const [flowInstance, place] = [instance.current, placed[id]];
      if (!flowInstance || !place) return;
      const view = boxOf(flowInstance.getViewport(), size.width, size.height);
      const box = { left: place.x, top: place.y, right: place.x + NODE.width, bottom: place.y + NODE.height };
      if (!isWithin(box, view)) void flowInstance.setCenter(place.x + NODE.width / 2, place.y + NODE.height / 2, { zoom: flowInstance.getZoom() });
    },
  }), [placed, size]);
  const under = (event: MouseEvent | globalThis.MouseEvent): Folded | undefined => {
    const point = instance.current?.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    return point && byId.get(idAt(point, placed) ?? "");
  };
  const hover = hovered === undefined ? undefined : byId.get(hovered);
  return (
    <>
      <ReactFlow nodes={nodes} edges={NO_EDGES} nodeTypes={TYPES} defaultViewport={first} minZoom={Math.min(0.05, whole.zoom)} maxZoom={MAX_ZOOM} onMove={onMove}
        onInit={(made) => { instance.current = made; }} nodesDraggable={false} nodesConnectable={false} nodesFocusable={false} edgesFocusable={false} elementsSelectable={false}
        disableKeyboardA11y proOptions={{ hideAttribution: true }}
        onNodeClick={(_, { id }) => {
          const node = byId.get(id);
          if (node) onChoose(node);
        }}
        onPaneClick={(event) => {
          const node = isFar ? under(event) : undefined;
          if (node) onChoose(node);
        }}
        onPaneMouseMove={(event) => setHovered(isFar ? under(event)?.id : undefined)} onPaneMouseLeave={() => setHovered(undefined)}>
        <Background gap={24} color="var(--line)" />
        <GraphCanvas graph={graph} size={size} theme={theme} />
        <Controls orientation="horizontal" showInteractive={false} showFitView={false}>
          <ControlButton title="Show all" aria-label="Show all" onClick={() => void instance.current?.setViewport(whole)}><Maximize aria-hidden /></ControlButton>
        </Controls>
      </ReactFlow>
      {hover && isFar && <p className="pointer-events-none absolute right-2 bottom-2 rounded-sm border border-line bg-raised px-2 text-12">{nameOf(hover)} {countOf(hover)}</p>}
    </>
  );
}

const NO_EDGES: FlowEdge[] = [];

/** A flow of so few nodes opens at its beginning, large enough to be read, and not as a whole. */
const FEW = 60;
const READABLE = 0.6;

function startOf(placed: Placed, { width, height }: Size): Viewport {
  const bounds = boundsOf(placed);
  const isHigher = bounds.height * READABLE > height;
  return { zoom: READABLE, x: Math.min(16, width / 10) - bounds.x * READABLE, y: isHigher ? 16 - bounds.y * READABLE : (height - bounds.height * READABLE) / 2 - bounds.y * READABLE };
}

function viewportOf(placed: Placed, { width, height }: Size): Viewport {
  return getViewportForBounds(boundsOf(placed), width, height, 0.0005, 1, 0.08);
}
