/** One line of output, with its colours. Codes that say nothing about colour are left out. */
import Anser from "anser";
import { classes } from "../lib/classes";

const COLOURS: Record<string, string> = Object.fromEntries(
  ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"].flatMap((name) => [
    [`ansi-${name}`, `var(--ansi-${name})`],
    [`ansi-bright-${name}`, `var(--ansi-${name})`],
  ]),
);

export function Ansi({ text }: { text: string }) {
  if (!text.includes("\u001b")) return text;
  const parts = Anser.ansiToJson(text, { use_classes: true, remove_empty: true });
  return parts.map((part, index) => {
    const marks = new Set(part.decorations);
    const style = { color: COLOURS[part.fg], textDecorationLine: marks.has("underline") ? "underline" : undefined };
    return <span key={index} style={style} className={classes(marks.has("bold") && "font-semibold", marks.has("italic") && "italic")}>{part.content}</span>;
  });
}
