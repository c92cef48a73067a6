/** The active revision, and beside it what was refused and why. */
import { Link } from "@tanstack/react-router";
import { ExternalLink } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { Sha } from "../../components/Copy";
import { Problems } from "../../components/Problems";
import { Time } from "../../components/Time";
import { useToast } from "../../components/Toast";
import { classes } from "../../lib/classes";
import { fileLink, revisionLink } from "../../lib/codeHost";
import { nameOf, subjectOf } from "../../lib/commits";
import { counted } from "../../lib/counted";
import { shortRevision } from "../../lib/ids";
import { type Candidate, useAccept, useMayAdminister, useRevisions } from "../../queries/git";
import { useSources } from "../../queries/files";
import type { Workspace } from "../../queries/tasks";
import { Signed } from "./Signed";

function Panel({ title, children, className }: { title: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={classes("min-w-0 rounded-md border border-line", className)}>
      <h2 className="flex items-center gap-2 border-b border-line bg-panel px-3 py-2 text-13">{title}</h2>
      <div className="p-3">{children}</div>
    </section>
  );
}

type Commit = NonNullable<Workspace["commit"]>;

/** SHA, subject, author and time, and the way to the code host. */
function CommitLines({ revision, commit, link }: { revision: string; commit: Commit | null; link: string | null }) {
  return (
    <>
      <p className="text-14 break-words">{commit ? subjectOf(commit.message) : "Without a commit"}</p>
      <p className="flex flex-wrap items-center gap-x-2 text-12 text-muted">
        <Sha revision={commit?.sha ?? revision} />
        {commit && <span><bdi className="wrap-anywhere">{nameOf(commit.author)}</bdi> · <Time at={commit.at} /></span>}
        {link && <a href={link} target="_blank" rel="noreferrer" className="inline-flex min-h-[24px] items-center gap-1 text-accent underline">Open at the code host <ExternalLink size={11} aria-hidden /></a>}
      </p>
    </>
  );
}

export function ActivePanel({ workspace }: { workspace: Workspace }) {
  const { revision, commit, signature } = workspace;
  return (
    <Panel title="Active">
      {revision === null ? <p className="text-muted">Nothing was ever good, so that no task can run.</p> : (
        <>
          <CommitLines revision={revision} commit={commit} link={revisionLink(workspace.web_url, revision)} />
          <Signed signature={signature} />
          <p className="mt-2 text-muted">
            {counted(workspace.tasks_count, "task")}, {counted(workspace.actions_count, "action")}, {counted(workspace.triggers_count, "trigger")} ·{" "}
            <Link to="/jobs" search={{ workspace: workspace.name, revision }} className="text-accent underline">Jobs of this revision</Link>
          </p>
        </>
      )}
    </Panel>
  );
}

export function CandidatePanel({ workspace, candidate }: { workspace: Workspace; candidate: Candidate }) {
  const { revision, problems } = candidate;
  const files = [...new Set(problems.flatMap((each) => each.file ?? []))];
  const sources = useSources(workspace.name, revision, files);
  const loads = useRevisions(workspace.name).data?.pages[0];
  const commit = loads?.find((load) => load.revision === revision)?.commit ?? null;
  return (
    <Panel className="lg:col-start-2 lg:row-span-2 lg:row-start-1" title={<><span className="rounded-sm bg-bad px-1.5 text-12 text-on-bad">Refused</span>{problems.length > 0 && counted(problems.length, "problem")}</>}>
      <CommitLines revision={revision} commit={commit} link={revisionLink(workspace.web_url, revision)} />
      <Signed signature={candidate.signature} />
      <div className="mt-3"><Problems problems={problems} sources={sources} linkOf={(file, line) => fileLink(workspace.web_url, revision, file, line)} /></div>
      <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2">
        <Accept workspace={workspace.name} candidate={candidate} />
        <Link to="/git/$workspace/plan" params={{ workspace: workspace.name }} search={{ base: workspace.revision ?? undefined, head: revision }} className="text-accent underline">What it would change</Link>
      </div>
    </Panel>
  );
}

/** Only a revision that was refused for the policy alone can be accepted. */
function Accept({ workspace, candidate }: { workspace: string; candidate: Candidate }) {
  const [asks, setAsks] = useState(false);
  const may = useMayAdminister(workspace).data;
  const accept = useAccept(workspace);
  const toast = useToast();
  if (!candidate.acceptable) return <span className="text-12 text-muted">It cannot be accepted: correct it with a new commit.</span>;
  if (may && !may.allowed) return <span className="text-12 break-words text-muted">An administrator may accept it: {may.because}.</span>;
  const short = shortRevision(candidate.revision);
  return (
    <>
      <Button onClick={() => setAsks(true)}>Accept revision…</Button>
      <Confirm open={asks} onClose={() => setAsks(false)} act="Accept revision" needsReason reasonHint="It is shown in the history of the workspace, and kept in the audit trail."
        effect={<>The server serves {short} although it breaks the policy. This holds for this revision alone; the next commit is judged anew.</>}
        isPending={accept.isPending} error={accept.error}
        onSend={(reason) => accept.mutate({ sha: candidate.revision, reason }, { onSuccess: () => { setAsks(false); toast(`${short} was accepted.`); } })} />
    </>
  );
}
