/** All that was loaded, newest first, as a rail of commits. */
import { Link } from "@tanstack/react-router";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { EmptyState, Skeleton } from "../../components/States";
import { Sha } from "../../components/Copy";
import { StatusGlyph } from "../../components/Status";
import { Place } from "../../components/Problems";
import { Time } from "../../components/Time";
import { fileLink, revisionLink } from "../../lib/codeHost";
import { nameOf, subjectOf } from "../../lib/commits";
import { counted } from "../../lib/counted";
import { type LoadedRevision, MOST_COUNTED, useJobsOf, useRevisions } from "../../queries/git";
import type { Workspace } from "../../queries/tasks";
import { Signed } from "./Signed";

export function Rail({ workspace }: { workspace: Workspace }) {
  const found = useRevisions(workspace.name);
  const loads = found.data?.pages.flat() ?? [];
  const ran = [...new Set(loads.filter((load) => load.accepted).map((load) => load.revision))];
  const jobs = useJobsOf(workspace.name, ran);
  return (
    <section aria-label="What was loaded" className="px-4 pt-6">
      <h2 className="mb-2 text-14">What was loaded</h2>
      {found.isPending && <Skeleton rows={4} />}
      {found.isError && loads.length === 0 && <ErrorState error={found.error} what="The history could not be read" onRetry={() => void found.refetch()} />}
      {found.data && loads.length === 0 && <EmptyState title="Nothing was loaded yet." command={`gitflow server refresh ${workspace.name}`} />}
      <ol>
        {loads.map((load, index) => <Load key={load.id} load={load} workspace={workspace} isLast={index === loads.length - 1} jobs={jobs.get(load.revision)} />)}
      </ol>
      {found.hasNextPage && <Button className="mt-2" disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>Show older</Button>}
    </section>
  );
}

type LoadProps = { load: LoadedRevision; workspace: Workspace; isLast: boolean; jobs: number | undefined };

function Load({ load, workspace, isLast, jobs }: LoadProps) {
  const link = revisionLink(workspace.web_url, load.revision);
  const { word, glyph } = verdictOf(load);
  const isActive = load.revision === workspace.revision && load.accepted;
  return (
    <li className="flex gap-3">
      <div className="flex w-4 shrink-0 flex-col items-center pt-1">
        <StatusGlyph status={glyph} label={false} />
        {!isLast && <span aria-hidden className="mt-1 w-px flex-1 bg-line" />}
      </div>
      <div className="min-w-0 flex-1 pb-4">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="min-w-0 break-words">{load.commit ? subjectOf(load.commit.message) : "Files of the folder"}</span>
          {isActive && <span className="rounded-sm border border-line px-1.5 text-12 font-medium">active</span>}
          {load.dirty && <span className="text-12 text-waits">with changes that were not committed</span>}
        </p>
        <p className="flex flex-wrap items-center gap-x-2 text-12 text-muted">
          <Sha revision={load.revision} />
          <span>{load.commit && <><bdi className="wrap-anywhere">{nameOf(load.commit.author)}</bdi> · </>}{word} <Time at={load.loaded_at} /></span>
          <JobsLink workspace={workspace.name} revision={load.revision} count={jobs} />
          {workspace.revision && load.revision !== workspace.revision && (
            <Link to="/git/$workspace/plan" params={{ workspace: workspace.name }} search={{ base: workspace.revision, head: load.revision }} className="inline-flex min-h-[24px] items-center text-accent underline"><span>Compare<span className="sr-only"> {load.revision.slice(0, 7)} with the active revision</span></span></Link>
          )}
          {load.commit && <Link to="/git/$workspace/files" params={{ workspace: workspace.name }} search={{ at: load.revision }} className="inline-flex min-h-[24px] items-center text-accent underline"><span>Files<span className="sr-only"> at {load.revision.slice(0, 7)}</span></span></Link>}
          {link && <a href={link} target="_blank" rel="noreferrer" className="inline-flex min-h-[24px] items-center text-accent underline"><span>Code host<span className="sr-only"> at {load.revision.slice(0, 7)}</span></span></a>}
        </p>
        <Signed signature={load.signature} />
        {load.accepted && load.acceptance && <p className="text-12 break-words text-muted">{load.acceptance.by}, <Time at={load.acceptance.at} />: {load.acceptance.reason}</p>}
        {load.problems.length > 0 && <Problems load={load} webUrl={workspace.web_url} />}
      </div>
    </li>
  );
}

function verdictOf({ accepted, acceptance }: LoadedRevision) {
  if (!accepted) return { word: "refused", glyph: "failed" };
  return acceptance ? { word: "accepted by an administrator", glyph: "suspended" } : { word: "accepted", glyph: "completed" };
}

function JobsLink({ workspace, revision, count }: { workspace: string; revision: string; count: number | undefined }) {
  if (count === undefined) return null;
  if (count === 0) return <span>no jobs</span>;
  const shown = `${count}${count === MOST_COUNTED ? "+" : ""} ${count === 1 ? "job" : "jobs"}`;
  return <Link to="/jobs" search={{ workspace, revision }} className="inline-flex min-h-[24px] items-center text-accent underline">{shown}</Link>;
}

function Problems({ load, webUrl }: { load: LoadedRevision; webUrl: string | null }) {
  return (
    <details className="mt-1">
      <summary className="min-h-[24px] cursor-pointer text-12">{counted(load.problems.length, "problem")}</summary>
      <ul className="mt-1 flex flex-col gap-1 text-12">
        {load.problems.map((problem, index) => (
          <li key={index} className="break-words">
            {problem.file && <Place file={problem.file} line={problem.line} href={fileLink(webUrl, load.revision, problem.file, problem.line)} />} {problem.message}
          </li>
        ))}
      </ul>
    </details>
  );
}
