/** Problems of definitions: each with its place, the line itself, and what would be right. */
import { CircleAlert, TriangleAlert } from "lucide-react";
import { classes } from "../lib/classes";

type Problem = {
  severity: "error" | "warning";
  message: string;
  hint: string | null;
  file: string | null;
  line: number | null;
  column: number | null;
};
type Props = {
  problems: readonly Problem[];
  /** The lines of each file that could be read. */
  sources: ReadonlyMap<string, readonly string[]>;
  linkOf: (file: string, line: number | null) => string | null;
};

export function Problems({ problems, sources, linkOf }: Props) {
  return (
    <ul className="flex flex-col gap-2">
      {problems.map((problem, index) => (
        <li key={index} className="min-w-0 rounded-md border border-line">
          <div className="flex gap-2 px-3 py-2">
            <Mark isError={problem.severity === "error"} />
            <div className="min-w-0 flex-1">
              <p className="break-words">{problem.message}</p>
              {problem.file && <Place file={problem.file} line={problem.line} column={problem.column} href={linkOf(problem.file, problem.line)} />}
            </div>
          </div>
          <SourceLine problem={problem} lines={problem.file ? sources.get(problem.file) : undefined} />
          {problem.hint && <p className="border-t border-line px-3 py-1.5 text-12 break-words text-muted">{problem.hint}</p>}
        </li>
      ))}
    </ul>
  );
}

function Mark({ isError }: { isError: boolean }) {
  const Icon = isError ? CircleAlert : TriangleAlert;
  return <Icon size={14} role="img" aria-label={isError ? "Error" : "Warning"} className={classes("mt-[3px] shrink-0", isError ? "text-bad" : "text-waits")} />;
}

type PlaceProps = { file: string; line: number | null; column?: number | null; href: string | null };

/** `file:line:column`, and a link to it where there is a code host. */
export function Place({ file, line, column, href }: PlaceProps) {
  const text = [file, line, column].filter((part) => part !== null && part !== undefined).join(":");
  const look = "font-mono text-12 break-all";
  if (href === null) return <span className={classes(look, "text-muted")}>{text}</span>;
  return <a href={href} target="_blank" rel="noreferrer" className={classes(look, "text-accent underline")}>{text}</a>;
}

/** The line without its indentation, and a mark below its column. */
function SourceLine({ problem, lines }: { problem: Problem; lines: readonly string[] | undefined }) {
  const text = problem.line === null ? undefined : lines?.[problem.line - 1];
  if (text === undefined || problem.line === null) return null;
  const number = String(problem.line);
  const shown = text.trimStart();
  const before = problem.column === null ? null : text.slice(text.length - shown.length, problem.column - 1).replace(/[^\t]/g, " ");
  return (
    <pre tabIndex={0} aria-label={`Line ${number} of ${problem.file ?? ""}`} className="overflow-x-auto border-t border-line bg-panel px-3 py-1.5 text-12">
      <span aria-hidden className="text-muted select-none">{number} │ </span><bdi>{shown}</bdi>
      {before !== null && <span aria-hidden className="select-none">{"\n"}{" ".repeat(number.length)}<span className="text-muted"> │ </span>{before}<span className={problem.severity === "error" ? "text-bad" : "text-waits"}>▲</span></span>}
    </pre>
  );
}
