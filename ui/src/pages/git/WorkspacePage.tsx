/** One workspace: its active revision beside what was refused, and all that was loaded. */
import { Link, useParams } from "@tanstack/react-router";
import { Sha } from "../../components/Copy";
import { ApiError } from "../../api/problem";
import { NearNames } from "../../components/NearNames";
import { ErrorState } from "../../components/ErrorState";
import { PageHead } from "../../components/PageHead";
import { Skeleton } from "../../components/States";
import { Time } from "../../components/Time";
import { useWorkspace } from "../../queries/git";
import { useWorkspaces, type Workspace } from "../../queries/tasks";
import { DriftChip } from "./DriftChip";
import { CandidatePanel, ActivePanel } from "./Panels";
import { PlanForm } from "./PlanForm";
import { Rail } from "./Rail";
import { WorkspaceActs } from "./WorkspaceActs";

export function WorkspacePage() {
  const { workspace: name } = useParams({ from: "/git/$workspace" });
  const found = useWorkspace(name);
  const names = useWorkspaces().data?.map((each) => each.name) ?? [];
  if (found.isPending) return <Skeleton />;
  if (!found.data) {
    return (
      <>
        <PageHead title={name} />
        <div className="px-4">
        <ErrorState error={found.error ?? new Error()} what={`The workspace ${name} could not be read`} onRetry={() => void found.refetch()}>
          {found.error instanceof ApiError && found.error.status === 404 && <NearNames wanted={name} names={names} linkTo={(each) => <Link to="/git/$workspace" params={{ workspace: each }} className="text-accent underline">{each}</Link>} />}
        </ErrorState>
        <Link to="/git" className="text-accent underline">All workspaces</Link>
        </div>
      </>
    );
  }
  return <Shown workspace={found.data} />;
}

function Shown({ workspace }: { workspace: Workspace }) {
  return (
    <div className="min-h-0 flex-1 overflow-y-auto pb-8">
      <PageHead title={workspace.name} about={<Standing workspace={workspace} />}>
        <WorkspaceActs workspace={workspace} />
      </PageHead>
      <Notes workspace={workspace} />
      <div className="grid gap-4 px-4 pt-2 lg:grid-cols-2 lg:grid-rows-[auto_1fr] lg:items-start">
        <ActivePanel workspace={workspace} />
        {workspace.candidate && <CandidatePanel workspace={workspace} candidate={workspace.candidate} />}
        <PlanForm workspace={workspace} />
      </div>
      <Rail workspace={workspace} />
    </div>
  );
}

/** The branch, where it was last seen, and how far the active revision is from it. */
function Standing({ workspace: { branch, drift } }: { workspace: Workspace }) {
  if (branch === null) return "a folder without a branch";
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <span>branch {branch}</span>
      {drift.remote && <span className="inline-flex items-center gap-1">· remote at <Sha revision={drift.remote} /></span>}
      <DriftChip drift={drift} />
    </span>
  );
}

/** What keeps the workspace from following its branch, other than a refusal. */
function Notes({ workspace: { drift, error, candidate } }: { workspace: Workspace }) {
  const { pause } = drift;
  return (
    <>
      {pause && (
        <p className="mx-4 my-1 rounded-md border border-waits px-3 py-2 break-words">
          <strong>Sync is paused.</strong> {pause.by}, <Time at={pause.at} />: {pause.reason}
        </p>
      )}
      {error && !candidate && (
        <p className="mx-4 my-1 rounded-md border border-waits px-3 py-2 break-words">
          <strong>Nothing newer can be seen{drift.unreachable_since && <> since <Time at={drift.unreachable_since} /></>}.</strong> {error}
        </p>
      )}
    </>
  );
}
