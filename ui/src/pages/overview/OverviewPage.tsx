/** What needs me: what waits for a person, what fails, what runs, and what comes next. */
import { useSearch } from "@tanstack/react-router";
import { ErrorState } from "../../components/ErrorState";
import { PageHead } from "../../components/PageHead";
import { NoWorkspace, Skeleton } from "../../components/States";
import { useJobs } from "../../queries/jobs";
import { useIsAdmin } from "../../queries/session";
import { useWorkspaces } from "../../queries/tasks";
import { DayStrip } from "./DayStrip";
import { FirstRun } from "./FirstRun";
import { FailingBand } from "./FailingBand";
import { NeedsBand } from "./NeedsBand";
import { NextBand } from "./NextBand";
import { RunningBand } from "./RunningBand";

export function OverviewPage() {
  const { workspace } = useSearch({ from: "/" });
  const workspaces = useWorkspaces();
  const isAdmin = useIsAdmin();
  return (
    <div className="min-h-0 flex-1 overflow-y-auto pb-8">
      <PageHead title="Overview" />
      {workspaces.isPending && <Skeleton />}
      {workspaces.isError && !workspaces.data && <div className="px-4"><ErrorState error={workspaces.error} what="The workspaces could not be read" onRetry={() => void workspaces.refetch()} /></div>}
      {workspaces.data?.length === 0 && <NoWorkspace mayConfigure={isAdmin} />}
      {workspaces.data && workspaces.data.length > 0 && <Bands workspace={workspace} />}
    </div>
  );
}

const OPEN = ["pending", "running", "paused"] as const;

function Bands({ workspace }: { workspace: string | undefined }) {
  const open = useJobs({ workspace, status: [...OPEN] });
  const jobs = open.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <FirstRun workspace={workspace} />
      <DayStrip workspace={workspace} />
      <NeedsBand workspace={workspace} />
      <FailingBand workspace={workspace} />
      <RunningBand workspace={workspace} open={jobs} hasMore={open.hasNextPage} />
      <NextBand workspace={workspace} />
    </>
  );
}
