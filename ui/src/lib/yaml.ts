/** A line of YAML as tokens, to be coloured: enough to read by, not a parser. */
export type Token = { kind: "key" | "text" | "number" | "comment" | "mark" | "template" | "plain"; text: string };

const RULES: readonly [Token["kind"], RegExp][] = [
  ["comment", /^#.*/],
  ["template", /^\{\{.*?\}\}/],
  ["text", /^"(?:\\.|[^"\\])*"|^'(?:''|[^'])*'/],
  ["key", /^[\w./-]+(?=\s*:(?:\s|$))/],
  ["number", /^-?\d+(?:\.\d+)?(?=[\s,}\]]|$)|^(?:true|false|null)(?=[\s,}\]]|$)/],
  ["mark", /^[-:,{}[\]|>&*!?](?=\s|$|[{}[\],])|^[{}[\],]/],
  ["plain", /^\s+|^[^\s,{}[\]"'#]+|^./],
];

export function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  for (let rest = line, before = " "; rest !== ""; ) {
    const [kind, text] = next(rest, before);
    const last = tokens.at(-1);
    if (last?.kind === kind && kind === "plain") last.text += text;
    else tokens.push({ kind, text });
    rest = rest.slice(text.length);
    before = text.at(-1) ?? " ";
  }
  return tokens;
}

/** A comment begins after a space alone. */
function next(rest: string, before: string): [Token["kind"], string] {
  for (const [kind, pattern] of RULES) {
    if (kind === "comment" && !/\s/.test(before)) continue;
    const found = pattern.exec(rest)?.[0];
    if (found) return [kind, found];
  }
  return ["plain", rest];
}
