/** What waits for a person: approvals, refused revisions, remotes that are gone, suspended triggers, late jobs. */
import { Link } from "@tanstack/react-router";
import { CircleCheck, CirclePause, CloudOff, GitBranch, Hourglass, TriangleAlert } from "lucide-react";
import { Time } from "../../components/Time";
import { useApprovals } from "../../queries/approvals";
import { useDeadlines, useLateJobs } from "../../queries/late";
import { useTaskNames, useTriggers } from "../../queries/overview";
import { useWorkspaces } from "../../queries/tasks";
import { Band, ROW } from "./Band";
import { type Need, needsOf } from "./needs";

const ICONS = { Approval: CircleCheck, Refused: TriangleAlert, Unreachable: CloudOff, "Not following": GitBranch, Suspended: CirclePause, Late: Hourglass };

export function NeedsBand({ workspace }: { workspace: string | undefined }) {
  const approvals = useApprovals();
  const { data: workspaces = [] } = useWorkspaces();
  const shown = workspaces.filter((each) => !workspace || each.name === workspace);
  const triggers = useTriggers(shown.map((each) => each.name));
  const jobs = useDeadlines(useLateJobs(workspace));
  const asked = (approvals.data ?? []).filter((each) => !workspace || each.workspace === workspace);
  const names = useTaskNames(workspace).data;
  const needs = needsOf({ names, approvals: asked, workspaces: shown, triggers, jobs });
  return (
    <Band title="Needs a person" count={needs.length} none="Nothing waits for a person.">
      <ul>{needs.map((need) => <Row key={need.key} need={need} />)}</ul>
    </Band>
  );
}

function Row({ need }: { need: Need }) {
  const Icon = ICONS[need.kind];
  return (
    <li className={ROW}>
      <Link {...need.link} className="grid min-h-(--row) grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-2 py-1 sm:grid-cols-[16px_92px_minmax(120px,220px)_minmax(0,1fr)_auto]">
        <Icon size={14} aria-hidden className="text-waits" />
        <span className="text-12 font-medium text-waits max-sm:hidden">{need.kind}</span>
        <span className="clip font-medium" title={need.what}><span className="sr-only sm:hidden">{need.kind}: </span>{need.what}</span>
        <span className="clip text-muted max-sm:col-span-2 max-sm:col-start-2 max-sm:row-start-2" title={need.says}>{need.says}</span>
        <span className="text-12 text-muted max-sm:col-start-3 max-sm:row-start-1"><Time at={need.since} none="" /></span>
      </Link>
    </li>
  );
}
