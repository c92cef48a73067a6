import { CircleCheck, CirclePause, GitCompareArrows, Unplug } from "lucide-react";
import { classes } from "../../lib/classes";
import type { Drift } from "../../queries/git";
import { driftWords, isTroubled } from "./drift";

/** Synced, or what is in the way. */
export function DriftChip({ drift }: { drift: Drift }) {
  const Icon = drift.reason === "paused" ? CirclePause : drift.status === "unreachable" ? Unplug : isTroubled(drift) ? GitCompareArrows : CircleCheck;
  const troubled = isTroubled(drift);
  return (
    <span className={classes("inline-flex h-5 items-center gap-1.5 text-12", troubled ? "font-medium" : "text-muted")} title={drift.message ?? undefined}>
      <Icon size={14} aria-hidden className={troubled ? "text-waits" : "text-good"} />
      {driftWords(drift)}{drift.reason === "paused" && " · sync is paused"}{drift.reason === "refused" && " · refused"}{drift.reason === "unsigned" && " · signature"}
    </span>
  );
}
