/** What the page and its worker both know of a layout. */
export type Asked = { ids: readonly string[]; edges: readonly (readonly [string, string])[] };
export type Placed = Record<string, { x: number; y: number }>;

export const NODE = { width: 200, height: 40 };
/** Above it the steps are not drawn: they could not be laid out in a moment. */
export const MAX_NODES = 20_000;
