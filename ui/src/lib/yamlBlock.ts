/** Where a block of YAML ends. */

/** The index after the last line of the block that begins at `start`: all that is deeper. */
export function blockEnd(lines: readonly string[], start: number): number {
  const depth = indent(lines[start] ?? "");
  let end = start + 1;
  for (let at = start + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (line.trim() === "") continue;
    if (indent(line) <= depth) break;
    end = at + 1;
  }
  return end;
}

const indent = (line: string) => line.length - line.trimStart().length;
