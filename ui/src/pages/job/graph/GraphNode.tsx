import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { StatusGlyph } from "../../../components/Status";
import { classes } from "../../../lib/classes";
import { hasFailed } from "../../../lib/status";

export type NodeData = { name: string; count: number; status: string; loop: { total: number; ended: number } | null; isChosen: boolean };

/** A step, a loop with its count, or a stack of steps with the same neighbours. */
export function GraphNode({ data }: NodeProps<Node<NodeData>>) {
  const { name, count, status, loop, isChosen } = data;
  const many = count > 1 ? `× ${count}` : loop ? `${loop.ended} of ${loop.total}` : null;
  return (
    <div title={count > 1 ? `${name} and ${count - 1} more: a click shows them` : name}
      className={classes("flex h-10 w-[200px] cursor-pointer items-center gap-2 rounded-md border bg-raised px-2.5",
        isChosen ? "border-accent outline-2 outline-accent" : hasFailed(status) ? "border-bad" : "border-line",
        many && "shadow-[3px_3px_0_-1px_var(--raised),3px_3px_0_0_var(--line)]")}>
      <Handle type="target" position={Position.Left} className="opacity-0" isConnectable={false} />
      <StatusGlyph status={status} />
      <span className="clip min-w-0 flex-1">{name}</span>
      {many && <span className="shrink-0 text-12 text-muted">{many}</span>}
      <Handle type="source" position={Position.Right} className="opacity-0" isConnectable={false} />
    </div>
  );
}
