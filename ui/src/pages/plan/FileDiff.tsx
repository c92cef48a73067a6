/** The text of a file at both revisions, line by line. */
import { useMemo } from "react";
import { ApiError } from "../../api/problem";
import { ErrorState } from "../../components/ErrorState";
import { classes } from "../../lib/classes";
import { useFile } from "../../queries/files";
import { diffParts, type Line } from "./lines";

type Props = { workspace: string; path: string; base: string; head: string };

const isMissing = (error: Error | null) => error instanceof ApiError && error.status === 404;

/** A file that one side lacks is empty there. */
export function FileDiff({ workspace, path, base, head }: Props) {
  const before = useFile(workspace, path, base);
  const after = useFile(workspace, path, head);
  const parts = useMemo(() => diffParts(before.data ?? "", after.data ?? ""), [before.data, after.data]);
  const error = [before.error, after.error].find((each) => each !== null && !isMissing(each));
  if (before.isPending || after.isPending) return <p className="px-3 py-2 text-12 text-muted" role="status">Reading both revisions</p>;
  if (error) return <div className="px-3"><ErrorState error={error} what={`${path} could not be read`} /></div>;
  if (parts.length === 0) return <p className="px-3 py-2 text-12 text-muted">The text is the same at both revisions.</p>;
  return (
    <div tabIndex={0} role="region" aria-label={`Difference of ${path}`} className="overflow-x-auto font-mono text-12">
      {parts.map((part) => (
        <div key={part.id} className="w-max min-w-full border-b border-line py-1 last:border-0">
          {part.lines.map((line, index) => <Row key={index} line={line} />)}
        </div>
      ))}
    </div>
  );
}

const WORDS = { "+": "added ", "-": "removed ", " ": "" };

function Row({ line }: { line: Line }) {
  const look = line.sign === "+" ? "bg-hover text-good" : line.sign === "-" ? "bg-hover text-bad" : "";
  return (
    <div className={classes("flex whitespace-pre", look)}>
      <span aria-hidden className="w-10 shrink-0 pr-2 text-right text-muted select-none">{line.before}</span>
      <span aria-hidden className="w-10 shrink-0 pr-2 text-right text-muted select-none">{line.after}</span>
      <span aria-hidden className="w-4 shrink-0 select-none">{line.sign}</span>
      <span className="sr-only">{WORDS[line.sign]}</span>
      <span>{line.text}</span>
    </div>
  );
}
