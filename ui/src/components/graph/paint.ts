/** Paints a graph: always its edges, and its nodes too where they are too small to be read. */
import { type Family, lookOf } from "../../lib/status";
import type { Edge } from "./fold";
import { type Box, boxOf, FAR, type Viewport } from "./region";
import { NODE, type Place, type Placed } from "./size";

export type Painted = { placed: Placed; edges: readonly Edge[]; statuses: ReadonlyMap<string, string>; chosen: string | undefined };
export type Size = { width: number; height: number };
/** A colour by the name of its token. */
export type ColourOf = (token: string) => string;

export function paint(context: CanvasRenderingContext2D, graph: Painted, viewport: Viewport, size: Size, colour: ColourOf): void {
  const { x, y, zoom } = viewport;
  const box = boxOf(viewport, size.width, size.height);
  const isFar = zoom < FAR; // a curve could not be told from a line
  context.clearRect(0, 0, size.width, size.height);
  context.save();
  context.translate(x, y);
  context.scale(zoom, zoom);
  context.lineWidth = Math.max(1, 0.7 / zoom);
  context.strokeStyle = colour("muted");
  context.globalAlpha = 0.55;
  context.beginPath();
  for (const { from, to } of graph.edges) {
    const [a, b] = [graph.placed[from], graph.placed[to]];
    if (!a || !b) continue;
    const [x1, y1, x2, y2] = [a.x + NODE.width, a.y + NODE.height / 2, b.x, b.y + NODE.height / 2];
    if (Math.max(x1, x2) < box.left || Math.min(x1, x2) > box.right || Math.max(y1, y2) < box.top || Math.min(y1, y2) > box.bottom) continue;
    context.moveTo(x1, y1);
    if (isFar) context.lineTo(x2, y2);
    else {
      const bend = Math.max(20, Math.abs(x2 - x1) / 2);
      context.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
    }
  }
  context.stroke();
  context.globalAlpha = 1;
  if (isFar) paintNodes(context, graph, box, zoom, colour);
  context.restore();
}

function paintNodes(context: CanvasRenderingContext2D, { placed, statuses, chosen }: Painted, box: Box, zoom: number, colour: ColourOf): void {
  const line = 1 / zoom;
  const bar = Math.max(NODE.height / 4, 2 * line);
  const families = new Map<Family, Place[]>();
  for (const [id, place] of Object.entries(placed)) {
    const { x, y } = place;
    if (x > box.right || x + NODE.width < box.left || y > box.bottom || y + NODE.height < box.top) continue;
    const { family } = lookOf(statuses.get(id) ?? "");
    const found = families.get(family);
    if (found) found.push(place);
    else families.set(family, [place]);
  }
  context.lineWidth = line;
  context.strokeStyle = colour("line");
  for (const [family, places] of families) {
    const own = colour(family);
    // What is over recedes: only its edge has the colour of its state.
    const inside = family === "idle" || family === "good" ? colour("raised") : own;
    context.fillStyle = inside;
    for (const { x, y } of places) {
      context.fillRect(x, y, NODE.width, NODE.height);
      context.strokeRect(x, y, NODE.width, NODE.height);
    }
    context.fillStyle = own;
    if (inside !== own) for (const { x, y } of places) context.fillRect(x, y, bar, NODE.height);
  }
  const at = chosen === undefined ? undefined : placed[chosen];
  if (!at) return;
  context.lineWidth = 2.5 * line;
  context.strokeStyle = colour("accent");
  context.strokeRect(at.x, at.y, NODE.width, NODE.height);
}
