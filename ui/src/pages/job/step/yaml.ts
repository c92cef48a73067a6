/** Just enough of YAML to read it: keys, comments, and where a block ends. */
export type Part = { kind: "key" | "comment" | "text"; text: string };

const KEY = /^(\s*(?:- +)?)([\w.$/-]+|"[^"]*"|'[^']*')(:)(?=\s|$)/;
const COMMENT = /(^|\s)#.*$/;

export function partsOf(line: string): Part[] {
  const parts: Part[] = [];
  const comment = COMMENT.exec(line);
  const isText = comment && /["'{]/.test(line.slice(0, comment.index)); // it may lie within a text
  const code = comment && !isText ? line.slice(0, comment.index) : line;
  const key = KEY.exec(code);
  if (key) parts.push({ kind: "text", text: key[1] ?? "" }, { kind: "key", text: key[2] ?? "" });
  parts.push({ kind: "text", text: key ? code.slice((key[1] ?? "").length + (key[2] ?? "").length) : code });
  if (code !== line) parts.push({ kind: "comment", text: line.slice(code.length) });
  return parts.filter((part) => part.text !== "");
}

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
