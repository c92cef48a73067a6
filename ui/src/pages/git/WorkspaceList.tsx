/** All workspaces: the active revision of each, and what keeps it from being that of the branch. */
import { Link } from "@tanstack/react-router";
import { ErrorState } from "../../components/ErrorState";
import { PageHead } from "../../components/PageHead";
import { NoWorkspace, Skeleton } from "../../components/States";
import { Sha } from "../../components/Copy";
import { Time } from "../../components/Time";
import { subjectOf, nameOf } from "../../lib/commits";
import { counted } from "../../lib/counted";
import { useIsAdmin } from "../../queries/session";
import { useWorkspaces, type Workspace } from "../../queries/tasks";
import { DriftChip } from "./DriftChip";

export function WorkspaceList() {
  const found = useWorkspaces();
  const isAdmin = useIsAdmin();
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <PageHead title="Git" about="The active revision of each workspace, and how it stands to its branch." />
      {found.isPending && <Skeleton />}
      {found.isError && !found.data && <div className="px-4"><ErrorState error={found.error} what="The workspaces could not be read" onRetry={() => void found.refetch()} /></div>}
      {found.data?.length === 0 && <NoWorkspace mayConfigure={isAdmin} />}
      {found.data && found.data.length > 0 && (
        <ul className="mx-4 mb-4 rounded-md border border-line">
          {found.data.map((workspace) => <Row key={workspace.name} workspace={workspace} />)}
        </ul>
      )}
    </div>
  );
}

function Row({ workspace }: { workspace: Workspace }) {
  return (
    <li className="grid gap-x-4 gap-y-1 border-b border-line px-3 py-3 last:border-0 hover:bg-hover md:grid-cols-[minmax(140px,1fr)_minmax(0,3fr)_minmax(150px,1fr)] md:items-center">
      <div className="min-w-0">
        <Link to="/git/$workspace" params={{ workspace: workspace.name }} className="text-14 font-medium break-words hover:underline">{workspace.name}</Link>
        <p className="clip text-12 text-muted">{workspace.branch ? `branch ${workspace.branch}` : "folder"} · {counted(workspace.tasks_count, "task")}</p>
      </div>
      <Active workspace={workspace} />
      <div className="min-w-0"><DriftChip drift={workspace.drift} /></div>
    </li>
  );
}

function Active({ workspace }: { workspace: Workspace }) {
  const { candidate, revision, commit, error } = workspace;
  return (
    <div className="min-w-0">
      <p className="flex min-w-0 items-center gap-2">
        {revision ? <Sha revision={commit?.sha ?? revision} /> : <span className="text-muted">no active revision</span>}
        {commit && <span className="clip" title={commit.message}>{subjectOf(commit.message)}</span>}
      </p>
      {commit && <p className="clip text-12 text-muted"><bdi className="wrap-anywhere">{nameOf(commit.author)}</bdi> · <Time at={commit.at} /></p>}
      {candidate && (
        <p className="mt-1 flex min-w-0 items-center gap-2 text-12">
          <span className="inline-flex shrink-0 items-center rounded-sm bg-bad px-1.5 font-semibold text-on-bad">Refused</span>
          <Sha revision={candidate.revision} />
          <span className="clip" title={candidate.problems[0]?.message}>{candidate.problems[0]?.message ?? candidate.signature?.reason}</span>
        </p>
      )}
      {error && !candidate && <p className="mt-1 line-clamp-2 text-12 break-words text-waits">{error}</p>}
    </div>
  );
}
