/** The lines that define the step, at the revision of the job. */
import { ErrorState } from "../../../components/ErrorState";
import { SourceLines } from "../../../components/SourceLines";
import { Skeleton } from "../../../components/States";
import { shortRevision } from "../../../lib/ids";
import { useTaskAt } from "../../../queries/definition";
import { useFile } from "../../../queries/files";
import type { JobDetail, Step } from "../../../queries/jobs";
import { useWorkspaces } from "../../../queries/tasks";
import { blockEnd } from "../../../lib/yamlBlock";

type Place = { file: string; line: number; revision: string };

export function Yaml({ job, step }: { job: JobDetail; step: Step }) {
  const task = useTaskAt(job);
  const { data: workspaces } = useWorkspaces();
  const flow = task.data?.flow[step.step_name.replace(/\[\d+\]$/, "")];
  const place: Place | null = flow?.file && flow.line ? { file: flow.file, line: flow.line, revision: job.revision } : null;
  const file = useFile(job.workspace, place?.file, job.revision);
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
      <SourceLines text={file.data} from={place.line} to={blockEnd(file.data.split("\n"), place.line - 1)} label="Definition" />
    </div>
  );
}

const addressOf = (template: string, { file, line, revision }: Place) =>
  template.replace("{revision}", encodeURIComponent(revision)).replace("{path}", file.split("/").map(encodeURIComponent).join("/")).replace("{line}", String(line));
