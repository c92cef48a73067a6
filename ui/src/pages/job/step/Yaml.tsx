/** The lines that define the step, at the revision of the job. */
import { useEffect, useRef } from "react";
import { ErrorState } from "../../../components/ErrorState";
import { Skeleton } from "../../../components/States";
import { classes } from "../../../lib/classes";
import { shortRevision } from "../../../lib/ids";
import { type Place, useFile, useTaskAt } from "../../../queries/definition";
import type { JobDetail, Step } from "../../../queries/jobs";
import { useWorkspaces } from "../../../queries/tasks";
import { blockEnd, partsOf } from "./yaml";

export function Yaml({ job, step }: { job: JobDetail; step: Step }) {
  const task = useTaskAt(job);
  const { data: workspaces } = useWorkspaces();
  const flow = task.data?.flow[step.step_name.replace(/\[\d+\]$/, "")];
  const place: Place | null = flow?.file && flow.line ? { file: flow.file, line: flow.line, revision: job.revision } : null;
  const file = useFile(job.workspace, place);
  if (task.isPending || (place && file.isPending)) return <Skeleton rows={5} />;
  const error = task.error ?? file.error;
  if (error) return <div className="px-4"><ErrorState error={error} what="The definition could not be read" /></div>;
  if (!place || file.data === undefined) return <p className="p-4 text-muted">Where this step is defined is not known.</p>;
  const link = workspaces?.find((each) => each.name === job.workspace)?.web_url;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <p className="px-4 py-1.5 text-12 text-muted">
        <span className="font-mono">{place.file}:{place.line}</span> at <span className="font-mono">{shortRevision(place.revision)}</span>
        {link && <> · <a href={addressOf(link, place)} target="_blank" rel="noreferrer" className="text-accent underline">Open at the code host</a></>}
      </p>
      <Lines text={file.data} line={place.line} />
    </div>
  );
}

const addressOf = (template: string, { file, line, revision }: Place) =>
  template.replace("{revision}", encodeURIComponent(revision)).replace("{path}", file.split("/").map(encodeURIComponent).join("/")).replace("{line}", String(line));

const COLOUR = { key: "text-accent", comment: "text-muted italic", text: "" };

function Lines({ text, line }: { text: string; line: number }) {
  const lines = text.split("\n");
  const end = blockEnd(lines, line - 1);
  const first = useRef<HTMLDivElement>(null);
  useEffect(() => {
    first.current?.scrollIntoView({ block: "center" }); // some browsers answer a promise, which is no clean-up
  }, [text, line]);
  return (
    <div tabIndex={0} role="region" aria-label="Definition" className="min-h-0 flex-1 overflow-auto border-t border-line font-mono text-12 -outline-offset-2">
      <div className="w-max min-w-full">
        {lines.map((each, index) => {
          const isOwn = index >= line - 1 && index < end;
          return (
            <div key={index} ref={index === line - 1 ? first : null} className={classes("flex h-[18px] whitespace-pre", isOwn && "bg-selected")}>
              <span aria-hidden data-number={index + 1} className="w-14 shrink-0 pr-3 text-right text-muted select-none before:content-[attr(data-number)]" />
              <span>{partsOf(each).map((part, at) => <span key={at} className={COLOUR[part.kind]}>{part.text}</span>)}{"\n"}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
