/** What the page and its worker both know of a layout. */
export type Asked = { ids: readonly string[]; edges: readonly (readonly [string, string])[] };
export type Place = { x: number; y: number };
export type Placed = Record<string, Place>;

export const NODE = { width: 200, height: 40 };
export const GAP = { across: 64, down: 14 };
/** Above it dagre takes seconds, and the layers alone are worked out. */
export const MAX_DAGRE = 300;
/** Above it the steps are not drawn: they could not be laid out in a moment. */
export const MAX_NODES = 20_000;
