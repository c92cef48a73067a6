import { Sha } from "../../../components/Copy";
import { nameOf } from "../../../lib/commits";
import { hasEnded } from "../../../lib/status";
import { absolute } from "../../../lib/time";
import { useVersions } from "../../../queries/task";
import type { JobDetail } from "../../../queries/jobs";
import { useWorkspaces } from "../../../queries/tasks";
import { behind, MOST_VERSIONS } from "./commits";

/** The revision, its commit, and how far it is from the active revision. */
export function CommitChip({ job }: { job: JobDetail }) {
  const { data: workspaces } = useWorkspaces();
  const active = workspaces?.find((each) => each.name === job.workspace)?.revision;
  const isOther = active !== undefined && active !== job.revision;
  const { data: versions } = useVersions(job.workspace, job.task_name, MOST_VERSIONS, isOther && job.commit !== null && hasEnded(job.status));
  const note = behind(job, active, versions);
  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-2 rounded-sm border border-line px-1.5">
      <Sha revision={job.commit?.sha ?? job.revision} />
      {job.commit && (
        <span className="clip max-w-72 shrink-[9999] text-12" title={`${job.commit.subject}\n${job.commit.author}\n${absolute(job.commit.at)}`}>
          <bdi>{job.commit.subject}</bdi> <span className="text-muted">· <bdi>{nameOf(job.commit.author)}</bdi></span>
        </span>
      )}
      {note && <span className="clip text-12 text-muted" title={note}>{note}</span>}
    </span>
  );
}
