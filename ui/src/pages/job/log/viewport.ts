/**
 * Which lines of a log are in view. Every line is 18 px high. Browsers limit the height of an element (Firefox near
 * 17.9 million px), so above 900,000 lines the range of the scrollbar stands for a larger one.
 */
export const LINE = 18;
export const MAX_HEIGHT = 900_000 * LINE;
const OVERSCAN = 20;

/** How many lines there are, and how high the part is in which they are seen, in px. */
export type View = { count: number; height: number };

export const contentHeight = ({ count }: View): number => Math.min(count * LINE, MAX_HEIGHT);

/** How many px of the log a px of the scrollbar stands for. */
function ratio({ count, height }: View): number {
  const full = count * LINE;
  return full <= MAX_HEIGHT ? 1 : (full - height) / (MAX_HEIGHT - height);
}

/** How far below the top of the log the view begins, in px. */
export const topOf = (view: View, scrollTop: number): number => scrollTop * ratio(view);

/** The lines in view and some around them: from `first`, up to and without `last`, counted from 0. */
export function linesIn(view: View, scrollTop: number): { first: number; last: number } {
  const top = topOf(view, scrollTop);
  const first = Math.max(0, Math.floor(top / LINE) - OVERSCAN);
  return { first, last: Math.min(view.count, Math.ceil((top + view.height) / LINE) + OVERSCAN) };
}

/** Where a line is drawn, in px of the scrolled content. */
export const offsetOf = (view: View, scrollTop: number, line: number): number => line * LINE - topOf(view, scrollTop) + scrollTop;

/** Where to scroll to, so that a line (from 0) is in the middle, or the last at the bottom. */
export function scrollFor(view: View, line: number, align: "middle" | "end"): number {
  const top = align === "end" ? (line + 1) * LINE - view.height : line * LINE - (view.height - LINE) / 2;
  const max = Math.max(0, contentHeight(view) - view.height);
  return Math.min(Math.max(0, top / ratio(view)), max);
}

/** The pages of so many lines that hold these. */
export function pagesOf({ first, last }: { first: number; last: number }, size: number): number[] {
  if (last <= first) return [];
  const from = Math.floor(first / size);
  return Array.from({ length: Math.floor((last - 1) / size) - from + 1 }, (_, at) => from + at);
}
