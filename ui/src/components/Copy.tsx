/** Ids and revisions: short, in the fixed-width type; a click copies the whole. */
import { Check, Copy as CopyIcon } from "lucide-react";
import { useState } from "react";
import { classes } from "../lib/classes";
import { shortId, shortRevision } from "../lib/ids";

const SHOWN_MS = 1500;

export function CopyText({ text, shown, what }: { text: string; shown: string; what: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    // A title, and no tooltip of our own: a list has one in each row.
    <button type="button" onClick={() => void copy()} title={`Copy ${what}: ${text}`}
      className="group relative inline-flex min-h-6 items-center rounded-sm font-mono text-12 text-muted hover:text-ink">
      <span className="sr-only">Copy {what} </span>{shown}
      {/* It takes no room, so that what follows stands next to the id. */}
      <span aria-hidden className={classes("absolute left-full z-[1] rounded-sm bg-hover p-0.5", !copied && "opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100")}>
        {copied ? <Check size={12} className="text-good" /> : <CopyIcon size={11} />}
      </span>
      {copied && <span role="status" className="sr-only">Copied</span>}
    </button>
  );
}

export const Id = ({ id, what = "id" }: { id: string; what?: string }) => <CopyText text={id} shown={shortId(id)} what={what} />;

export const Sha = ({ revision }: { revision: string }) => (
  <CopyText text={revision} shown={shortRevision(revision)} what="revision" />
);
