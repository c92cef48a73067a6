/** The lines that define a step, at the revision at which the task is shown. */
import { ErrorState } from "../../components/ErrorState";
import { SourceLines } from "../../components/SourceLines";
import { Skeleton } from "../../components/States";
import { blockEnd } from "../../lib/yamlBlock";
import { useFile } from "../../queries/files";
import type { TaskDetail } from "../../queries/tasks";

export function StepLines({ task, step: { file, line = 1 } }: { task: TaskDetail; step: TaskDetail["flow"][string] }) {
  const { data, error, refetch } = useFile(task.workspace, file, task.revision);
  return (
    <section aria-label="Definition of the step" className="flex h-[38%] min-h-32 shrink-0 flex-col border-t border-line">
      {file && <p className="px-4 py-1 font-mono text-12 text-muted">{file}:{line}</p>}
      {!file && <p className="px-4 py-2 text-muted">It is not known which file defines this step.</p>}
      {error && data === undefined && <div className="px-4"><ErrorState error={error} what={`${file} could not be read`} onRetry={() => void refetch()} /></div>}
      {file && !error && data === undefined && <Skeleton rows={3} />}
      {file && data !== undefined && <SourceLines text={data} from={line} to={blockEnd(data.split("\n"), line - 1)} label={file} />}
    </section>
  );
}
