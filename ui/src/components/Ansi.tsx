/** One line of output, with its colours. Codes that say nothing about colour are left out. */
import Anser from "anser";
import { classes } from "../lib/classes";

const COLOURS: Record<string, string> = Object.fromEntries(
  ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"].flatMap((name) => [
    [`ansi-${name}`, `var(--ansi-${name})`],
    [`ansi-bright-${name}`, `var(--ansi-${name})`],
  ]),
);

/** What moves the cursor, sets a title or makes a link; of control characters, all but the tab and what begins a colour. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const UNSHOWN = /\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\[[0-9;:?]*[@-ln-~])|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/gu;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/u;

export function Ansi({ text }: { text: string }) {
  if (!CONTROL.test(text)) return text;
  const parts = Anser.ansiToJson(text.replace(UNSHOWN, ""), { use_classes: true, remove_empty: true });
  return parts.map((part, index) => {
    const marks = new Set(part.decorations);
    const style = { color: COLOURS[part.fg], textDecorationLine: marks.has("underline") ? "underline" : undefined };
    return <span key={index} style={style} className={classes(marks.has("bold") && "font-semibold", marks.has("italic") && "italic")}>{part.content}</span>;
  });
}
