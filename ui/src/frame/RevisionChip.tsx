/** The workspace of the address and its active revision; amber when a newer one was refused. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronDown, GitCommitHorizontal, TriangleAlert } from "lucide-react";
import { Button } from "../components/Button";
import { Time } from "../components/Time";
import { Menu, MenuChoice, MenuLabel } from "../components/Menu";
import { classes } from "../lib/classes";
import { counted } from "../lib/counted";
import { nameOf } from "../lib/commits";
import { shortRevision } from "../lib/ids";
import { useWorkspaces, type Workspace } from "../queries/tasks";

export function RevisionChip() {
  const { data: workspaces = [] } = useWorkspaces();
  const search: { workspace?: string | undefined } = useSearch({ strict: false });
  const navigate = useNavigate();
  const shown = workspaces.find((each) => each.name === search.workspace) ?? (workspaces.length === 1 ? workspaces[0] : undefined);
  const choose = (name: string | undefined) => void navigate({ to: ".", search: (now: object) => ({ ...now, workspace: name }) });
  if (workspaces.length === 0) return null;
  return (
    <Menu trigger={
      <Button look="plain" className={classes("max-w-96 max-sm:max-w-28 max-sm:px-1.5", workspaces.length === 1 && "max-sm:hidden", shown && isRefused(shown) && "!border-waits !text-waits")}>
        {shown && isRefused(shown) ? <TriangleAlert size={13} aria-hidden /> : <GitCommitHorizontal size={13} aria-hidden />}
        <span className="sr-only">{shown && isRefused(shown) ? "A newer revision was refused. " : ""}Workspace </span>
        <span className="clip">{shown ? <>{shown.name} <span className="font-mono text-12 max-sm:hidden">{shown.revision ? shortRevision(shown.commit?.sha ?? shown.revision) : "–"}</span>{shown.commit && <span className="text-12 font-normal max-rail:hidden"> · <bdi className="inline-block max-w-32 align-bottom clip">{nameOf(shown.commit.author)}</bdi>, <Time at={shown.commit.at} /></span>}</> : <>All<span className="max-sm:sr-only"> workspaces</span></>}</span>
        <ChevronDown size={12} aria-hidden />
      </Button>}>
      {shown && <MenuLabel>{about(shown)}</MenuLabel>}
      {workspaces.length > 1 && <MenuChoice checked={!shown} onSelect={() => choose(undefined)}>All workspaces</MenuChoice>}
      {workspaces.map((each) => (
        <MenuChoice key={each.name} checked={each === shown} onSelect={() => choose(each.name)}>{each.name}</MenuChoice>
      ))}
    </Menu>
  );
}

const isRefused = (workspace: Workspace) => Boolean(workspace.candidate || workspace.error);

function about({ branch, revision, commit, candidate, error }: Workspace): string {
  if (error) return error;
  if (candidate) return `${shortRevision(candidate.revision)} was refused: ${counted(candidate.problems.length, "problem")}`;
  const place = `${branch ? `${branch} @ ` : ""}${revision ? shortRevision(revision) : "no active revision"}`;
  return commit ? `${place} · ${commit.subject}` : place;
}
