/** A flow as a picture. A list of steps beside it says the same in words; arrow keys walk along the edges. */
import "@xyflow/react/dist/base.css";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useSize } from "../../lib/useSize";
import { Button } from "../Button";
import { EmptyState, Skeleton } from "../States";
import { type Edge, type Flow, fold, type Folded, type Node } from "./fold";
import { Picture, type PictureActs } from "./Picture";
import { MAX_NODES, type Placed } from "./size";
import { useLayout } from "./useLayout";
import { neighbour, nodeOf } from "./walk";

type Props = {
  nodes: readonly Node[];
  edges: readonly Edge[];
  chosen: string | undefined;
  onChoose: (step: string) => void;
  /** What is said of a step in a second line, such as why it would be skipped. */
  noteOf?: (step: string) => string | null;
};

export function Graph({ nodes, edges, chosen, onChoose, noteOf }: Props) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const frame = useRef<HTMLDivElement>(null);
  const acts = useRef<PictureActs>(null);
  const size = useSize(frame);
  const flow = useMemo(() => fold(nodes, edges, opened), [nodes, edges, opened]);
  const isTooLarge = flow.nodes.length > MAX_NODES;
  const placed = useLayout(flow, isTooLarge);
  const [last, setLast] = useState<{ flow: Flow; placed: Placed }>();
  if (placed && (last?.flow !== flow || last.placed !== placed)) setLast({ flow, placed });
  // While another folding is laid out, the one before stays.
  const drawn = isTooLarge ? undefined : placed ? { flow, placed } : last;
  const at = drawn && nodeOf(chosen, drawn.flow);
  const wanted = useRef<string>(undefined);
  useEffect(() => {
    if (!placed || wanted.current === undefined) return;
    acts.current?.show(wanted.current);
    wanted.current = undefined;
  }, [placed]);

  const choose = (node: Folded) => {
    const first = node.members[0];
    if (node.kind !== "step") {
      setOpened((before) => new Set(before).add(node.id));
      wanted.current = first?.name;
    }
    if (first) onChoose(first.name);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!drawn || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === "Enter" && at && at.kind !== "step") return choose(at);
    const next = at ? neighbour(at, event.key, drawn.flow, drawn.placed) : event.key.startsWith("Arrow") ? drawn.flow.nodes[0] : undefined;
    if (!next?.members[0]) return;
    event.preventDefault();
    event.stopPropagation();
    acts.current?.show(next.id);
    onChoose(next.members[0].name);
  };
  return (
    <div ref={frame} role="group" aria-label="Graph of the steps; arrow keys walk along its edges" tabIndex={0} onKeyDown={onKeyDown} className="relative min-h-0 flex-1 -outline-offset-2" data-graph={flow.nodes.length}>
      {isTooLarge && <EmptyState title={`This flow has ${flow.nodes.length.toLocaleString()} steps that are not alike: too many for a picture. The timeline has all of them.`} />}
      {!isTooLarge && (!drawn || size.width === 0) && <Skeleton rows={4} />}
      {drawn && size.width > 0 && <Picture ref={acts} {...drawn} size={size} chosen={at} onChoose={choose} noteOf={noteOf} />}
      {opened.size > 0 && <Button className="absolute top-2 right-2 z-10 !bg-raised" onClick={() => setOpened(new Set())}>Fold again</Button>}
    </div>
  );
}
