/** The file that defines the task, at the line of the task or of the chosen step; read only. */
import { Link } from "@tanstack/react-router";
import { ErrorState } from "../../components/ErrorState";
import { SourceLines } from "../../components/SourceLines";
import { EmptyState, Skeleton } from "../../components/States";
import { useFile } from "../../queries/files";
import type { TaskDetail } from "../../queries/tasks";

export function DefinitionTab({ task, step }: { task: TaskDetail; step: string | undefined }) {
  const chosen = step === undefined ? undefined : task.flow[step];
  const { file = task.file, line = task.line } = chosen ?? {};
  const { data, error, refetch } = useFile(task.workspace, file, task.revision);
  if (!file) return <EmptyState title="It is not known which file defines this task." />;
  if (error && data === undefined) return <div className="px-4"><ErrorState error={error} what={`${file} could not be read`} onRetry={() => void refetch()} /></div>;
  if (data === undefined) return <Skeleton />;
  return (
    <>
      <p className="px-4 py-1.5 font-mono text-12"><Link to="/git/$workspace/files" params={{ workspace: task.workspace }} search={{ at: task.revision, path: file, line: String(line ?? 1) }} className="text-accent underline">{file}:{line}</Link></p>
      <SourceLines text={data} from={line ?? 1} to={line ?? 1} label={file} />
    </>
  );
}
