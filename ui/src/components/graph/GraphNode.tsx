import type { Node, NodeProps } from "@xyflow/react";
import { classes } from "../../lib/classes";
import { hasFailed } from "../../lib/status";
import { StatusGlyph } from "../Status";
import type { Kind } from "./fold";

export type NodeData = { name: string; kind: Kind; members: number; status: string; count: string | null; note: string | null; isChosen: boolean };

/** A step, a loop with its count, a stack of steps with the same neighbours, or a chain as a capsule. */
export function GraphNode({ data }: NodeProps<Node<NodeData>>) {
  const { name, kind, members, status, count, note, isChosen } = data;
  const title = kind === "step" ? [name, note].filter(Boolean).join(": ") : `${name}: ${members.toLocaleString()} steps; a click shows them`;
  return (
    <div title={title}
      className={classes("flex h-10 w-[200px] cursor-pointer items-center gap-2 border bg-raised px-2.5", kind === "chain" ? "rounded-full px-4" : "rounded-md",
        isChosen ? "border-accent outline-2 outline-accent" : hasFailed(status) ? "border-bad" : status === "skipped" ? "border-dashed border-muted" : "border-line",
        count && kind !== "chain" && "shadow-[3px_3px_0_-1px_var(--raised),3px_3px_0_0_var(--line)]")}>
      {status !== "" && <StatusGlyph status={status} />}
      <span className="flex min-w-0 flex-1 flex-col">
        <span className={classes("clip", status === "skipped" && "text-muted")}>{name}</span>
        {note && <span className="clip text-12 leading-none text-muted">{note}</span>}
      </span>
      {count && <span className="shrink-0 text-12 text-muted">{count}</span>}
    </div>
  );
}
