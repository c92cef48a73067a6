/** What a change of a workspace means: what breaks first, then by kind, then the text. */
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ClipboardCopy, Link2 } from "lucide-react";
import { useState } from "react";
import { Button } from "../../components/Button";
import { Sha } from "../../components/Copy";
import { ErrorState } from "../../components/ErrorState";
import { PageHead } from "../../components/PageHead";
import { Problems } from "../../components/Problems";
import { EmptyState, Skeleton } from "../../components/States";
import { Time } from "../../components/Time";
import { useToast } from "../../components/Toast";
import { fileLink } from "../../lib/codeHost";
import { nameOf } from "../../lib/commits";
import { counted } from "../../lib/counted";
import { useSources } from "../../queries/files";
import { usePlan, useWorkspace } from "../../queries/git";
import { ChangeCard } from "./ChangeCard";
import { FileDiff } from "./FileDiff";
import { InFlight } from "./InFlight";
import { Section } from "./Section";
import { asMarkdown, byKind, byWeight, type ChangePlan, newlyRead, shortName, summary } from "./words";

export function PlanPage() {
  const { workspace } = useParams({ from: "/git/$workspace/plan" });
  const { base, head } = useSearch({ from: "/git/$workspace/plan" });
  const plan = usePlan(workspace, base, head);
  if (plan.isPending) return <Skeleton />;
  if (!plan.data) {
    return (
      <div className="px-4">
        <PageHead title="Plan" />
        <ErrorState error={plan.error} what={`${base ?? "The active revision"} and ${head ?? "the newest revision"} could not be compared`} onRetry={() => void plan.refetch()} />
        <Link to="/git/$workspace" params={{ workspace }} className="text-accent underline">Back to {workspace}</Link>
      </div>
    );
  }
  return <Shown workspace={workspace} plan={plan.data} />;
}

function Shown({ workspace, plan }: { workspace: string; plan: ChangePlan }) {
  const template = useWorkspace(workspace).data?.web_url ?? null;
  const at = plan.head.commit?.sha ?? plan.head.revision;
  const linkOf = (file: string, line: number | null) => fileLink(template, at, file, line);
  const breaking = byWeight(plan.changes.filter((change) => change.breaking));
  const secrets = newlyRead(plan.changes);
  const kinds = byKind(byWeight(plan.changes.filter((change) => !change.breaking)));
  return (
    <div className="min-h-0 flex-1 overflow-y-auto pb-8">
      <PageHead tab={`Plan of ${workspace}`} title={<>Plan: {shortName(plan.base.revision)} → {shortName(plan.head.revision)}</>} about={summary(plan)}><Acts workspace={workspace} plan={plan} /></PageHead>
      <div className="grid gap-3 px-4 md:grid-cols-2"><Side title="From" side={plan.base} /><Side title="To" side={plan.head} /></div>
      {plan.changes.length === 0 && plan.problems.length === 0 && <EmptyState title="The two revisions define the same." command="gitflow plan BASE HEAD" />}
      {plan.problems.length > 0 && <HeadProblems workspace={workspace} plan={plan} linkOf={linkOf} />}
      {breaking.length > 0 && <Section title={counted(breaking.length, "breaking change")}><ul className="flex flex-col gap-2">{breaking.map((each, index) => <ChangeCard key={index} change={each} linkOf={linkOf} />)}</ul></Section>}
      {secrets.length > 0 && (
        <Section title="Secrets that are read anew">
          <ul>{secrets.map(({ secret, by }, index) => <li key={index} className="break-words"><code className="text-12">{secret}</code> by {by}</li>)}</ul>
        </Section>
      )}
      {[...kinds].map(([kind, changes]) => (
        <Section key={kind} title={counted(changes.length, kind.replace("_", " "))}>
          <ul className="flex flex-col gap-2">{changes.map((each, index) => <ChangeCard key={index} change={each} linkOf={linkOf} />)}</ul>
        </Section>
      ))}
      <InFlight workspace={workspace} />
      <Texts workspace={workspace} plan={plan} />
    </div>
  );
}

function Side({ title, side }: { title: string; side: ChangePlan["base"] }) {
  return (
    <div className="min-w-0 rounded-md border border-line px-3 py-2">
      <p className="text-12 text-muted">{title}</p>
      <p className="clip" title={side.commit?.subject}>{side.commit?.subject ?? "Files of the folder"}</p>
      <p className="flex flex-wrap items-center gap-x-2 text-12 text-muted"><Sha revision={side.commit?.sha ?? side.revision} />{side.commit && <span><bdi className="wrap-anywhere">{nameOf(side.commit.author)}</bdi> · <Time at={side.commit.at} /></span>}</p>
    </div>
  );
}

/** A link with both revisions by their commits: it shows the same tomorrow. */
function Acts({ workspace, plan }: { workspace: string; plan: ChangePlan }) {
  const toast = useToast();
  const navigate = useNavigate();
  const search = { base: plan.base.commit?.sha ?? plan.base.revision, head: plan.head.commit?.sha ?? plan.head.revision };
  const address = () => `${location.origin}/git/${encodeURIComponent(workspace)}/plan?${new URLSearchParams(search).toString()}`;
  const copy = async (text: string, what: string) => {
    await navigator.clipboard.writeText(text);
    toast(`${what} was copied.`);
  };
  return (
    <>
      <Button look="quiet" onClick={() => void navigate({ to: "/git/$workspace/plan", params: { workspace }, search: { base: search.head, head: search.base } })}>Swap revisions</Button>
      <Button onClick={() => void copy(address(), "The link")}><Link2 size={13} aria-hidden />Copy link</Button>
      <Button onClick={() => void copy(asMarkdown(plan, address()), "The plan as Markdown")}><ClipboardCopy size={13} aria-hidden />Copy as Markdown</Button>
    </>
  );
}

type HeadProps = { workspace: string; plan: ChangePlan; linkOf: (file: string, line: number | null) => string | null };

function HeadProblems({ workspace, plan, linkOf }: HeadProps) {
  const files = [...new Set(plan.problems.flatMap((each) => each.file ?? []))];
  const sources = useSources(workspace, plan.head.commit?.sha ?? plan.head.revision, files);
  return <Section title={`${counted(plan.problems.length, "problem")} of ${shortName(plan.head.revision)}`}><Problems problems={plan.problems} sources={sources} linkOf={linkOf} /></Section>;
}

/** The text of each file that a change is in; read when it is opened. */
function Texts({ workspace, plan }: { workspace: string; plan: ChangePlan }) {
  const files = [...new Set(plan.changes.flatMap((change) => (change.kind === "file" ? change.name : (change.file ?? []))))].sort();
  if (files.length === 0) return null;
  return (
    <Section title="Text">
      <ul className="flex flex-col gap-2">{files.map((path, index) => <Text key={path} workspace={workspace} path={path} plan={plan} isOpen={index === 0} />)}</ul>
    </Section>
  );
}

function Text({ workspace, path, plan, isOpen }: { workspace: string; path: string; plan: ChangePlan; isOpen: boolean }) {
  const [open, setOpen] = useState(isOpen);
  return (
    <li className="min-w-0 rounded-md border border-line">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="flex min-h-8 w-full items-center gap-2 px-3 py-1 text-left font-mono text-12 break-all hover:bg-hover">
        <span aria-hidden>{open ? "▾" : "▸"}</span>{path}
      </button>
      {open && <div className="border-t border-line"><FileDiff workspace={workspace} path={path} base={plan.base.commit?.sha ?? plan.base.revision} head={plan.head.commit?.sha ?? plan.head.revision} /></div>}
    </li>
  );
}
