/** The difference of two texts as lines, with unchanged ones left out far from changes. */
import { structuredPatch } from "diff";

export type Line = { sign: "+" | "-" | " "; text: string; before: number | null; after: number | null };
export type Part = { id: string; lines: Line[] };

const AROUND = 3;

export function diffParts(before: string, after: string): Part[] {
  const patch = structuredPatch("", "", before, after, undefined, undefined, { context: AROUND });
  return patch.hunks.map((hunk) => {
    let old = hunk.oldStart;
    let now = hunk.newStart;
    const lines = hunk.lines.filter((line) => !line.startsWith("\\")).map((line): Line => {
      const sign = line.startsWith("+") ? "+" : line.startsWith("-") ? "-" : " ";
      return { sign, text: line.slice(1), before: sign === "+" ? null : old++, after: sign === "-" ? null : now++ };
    });
    return { id: `${hunk.oldStart} ${hunk.newStart}`, lines };
  });
}
