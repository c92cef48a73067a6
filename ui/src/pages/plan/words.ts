/** A plan as text: values, and the whole as Markdown for a pull request. */
import { counted } from "../../lib/counted";
import { shortRevision } from "../../lib/ids";
import type { Change, ChangePlan, Detail } from "../../queries/git";

export type { Change, ChangePlan, Detail };

/** The secrets that a definition reads and did not read before. */
export function newlyRead(changes: readonly Change[]): { secret: string; by: string }[] {
  return changes.flatMap((change) =>
    change.details
      .filter((detail) => detail.change === "added" && detail.path.startsWith("reads.secret."))
      .map((detail) => ({ secret: shownValue(detail.after), by: `${change.kind} ${change.name}` })),
  );
}

/** Breaking ones first, then those that change a contract; otherwise in the order of the server. */
export function byWeight(changes: readonly Change[]): Change[] {
  const weight = (change: Change) => (change.breaking ? 0 : change.contract ? 1 : 2);
  return [...changes].sort((a, b) => weight(a) - weight(b));
}

/** The kinds in the order in which they are shown, each with its changes. */
export function byKind(changes: readonly Change[]): Map<string, Change[]> {
  const found = new Map<string, Change[]>();
  for (const change of changes) found.set(change.kind, [...(found.get(change.kind) ?? []), change]);
  return found;
}

/** A value as its author would write it: text as it is, other values as JSON. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value, null, Array.isArray(value) || typeof value === "object" ? 1 : undefined);
}

/** The times at which a schedule fires, before and after; null for another detail. */
export function firesOf(detail: Detail): { before: string[]; after: string[] } | null {
  if (detail.path !== "next_fires") return null;
  return { before: texts(detail.before), after: texts(detail.after) };
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : []);

/** The name that readers know: a branch or tag as it is, a commit shortened. */
export const shortName = (revision: string): string => (/^[0-9a-f]{40,64}$/.test(revision) ? shortRevision(revision) : revision);

/** For a pull request. What comes from the repository is shown as code, so that nothing of it is markup. */
export function asMarkdown(plan: ChangePlan, address: string): string {
  const lines = [`### ${code(shortName(plan.base.revision))} → ${code(shortName(plan.head.revision))}`, "", summary(plan), ""];
  for (const change of byWeight(plan.changes)) {
    const mark = change.breaking ? "**Breaking:** " : change.contract ? "**Contract:** " : "";
    lines.push(`- ${mark}${change.kind} ${code(change.name)} ${change.change}: ${code(change.summary)}`);
    for (const detail of change.details) lines.push(`  - ${code(detail.path)}: ${code(oneLine(detail.before))} → ${code(oneLine(detail.after))}${breaks(detail)}`);
  }
  for (const problem of plan.problems) lines.push(`- **${problem.severity}** ${code(`${problem.file ?? ""}:${problem.line ?? ""}`)} ${code(problem.message)}`);
  return `${lines.join("\n")}\n\n[The whole plan](${address})\n`;
}

export function summary({ summary: { added, removed, changed, breaking } }: ChangePlan): string {
  if (added + removed + changed === 0) return "Nothing changes.";
  const parts = [added && `${added} added`, changed && `${changed} changed`, removed && `${removed} removed`].filter(Boolean);
  return `${parts.join(", ")}${breaking > 0 ? `; ${counted(breaking, "breaking change")}` : ""}.`;
}

const breaks = (detail: Detail) => (detail.breaking && detail.callers.length > 0 ? `, breaks ${detail.callers.map((each) => code(`${each.kind} ${each.name}`)).join(", ")}` : "");
const oneLine = (value: unknown) => shownValue(value).replace(/\s+/g, " ").slice(0, 200);

/** Between more backticks than it holds. */
function code(text: string): string {
  const flat = text.replace(/[\r\n]+/g, " ");
  const ticks = "`".repeat(Math.max(0, ...[...flat.matchAll(/`+/g)].map((found) => found[0].length)) + 1);
  const padded = /^`|`$/.test(flat) ? ` ${flat} ` : flat;
  return `${ticks}${padded || " "}${ticks}`;
}
