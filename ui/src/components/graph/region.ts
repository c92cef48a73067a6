/** What of a graph is in view: React Flow gets these nodes alone, however many there are. */
import { NODE, type Placed } from "./size";

export type Viewport = { x: number; y: number; zoom: number };
export type Box = { left: number; top: number; right: number; bottom: number };

/** Below it nodes are painted, as their names could not be read. */
export const FAR = 0.4;

/** The part of the graph that a window of this size shows, in the measure of the graph; `margin`: so much more at each side, as a share. */
export function boxOf({ x, y, zoom }: Viewport, width: number, height: number, margin = 0): Box {
  const [across, down] = [width / zoom, height / zoom];
  const [left, top] = [-x / zoom, -y / zoom];
  return { left: left - across * margin, top: top - down * margin, right: left + across * (1 + margin), bottom: top + down * (1 + margin) };
}

export const isWithin = (inner: Box, outer: Box): boolean =>
  inner.left >= outer.left && inner.top >= outer.top && inner.right <= outer.right && inner.bottom <= outer.bottom;

const touches = ({ left, top, right, bottom }: Box, x: number, y: number) => x + NODE.width >= left && x <= right && y + NODE.height >= top && y <= bottom;

/** The ids of the nodes in the box. */
export const idsIn = (box: Box, placed: Placed): string[] => Object.entries(placed).flatMap(([id, { x, y }]) => (touches(box, x, y) ? [id] : []));

/** The node at a point; undefined beside all. */
export const idAt = (point: { x: number; y: number }, placed: Placed): string | undefined =>
  idsIn({ left: point.x, right: point.x, top: point.y, bottom: point.y }, placed)[0];

export function boundsOf(placed: Placed): { x: number; y: number; width: number; height: number } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of Object.values(placed)) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + NODE.width);
    bottom = Math.max(bottom, y + NODE.height);
  }
  return right < left ? { x: 0, y: 0, width: 1, height: 1 } : { x: left, y: top, width: right - left, height: bottom - top };
}
