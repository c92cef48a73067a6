/** How the commit of a job compares with others: the active revision, and the last one that completed. */
import type { JobDetail, JobItem } from "../../../queries/jobs";
import type { Version } from "../../../queries/task";

/** So many commits of the task are looked at. */
export const MOST_VERSIONS = 50;

type Commits = readonly Pick<Version, "at" | "commit">[];

/** The commits that changed the task after one moment and not after another; newest first. */
export function changesBetween(versions: Commits, after: string, until: string): Commits {
  const [from, to] = [Date.parse(after), Date.parse(until)];
  return versions.filter(({ at }) => Date.parse(at) > from && Date.parse(at) <= to);
}

/** `Same as now`, `2 commits changed this task since`, or, where git says nothing, that it is another revision. */
export function behind(job: Pick<JobDetail, "revision" | "commit">, active: string | null | undefined, versions: Commits | undefined): string | null {
  if (!active) return null;
  if (active === job.revision) return "same as now";
  if (!job.commit || versions === undefined) return "not the active revision";
  const since = changesBetween(versions, job.commit.at, "9999-12-31T00:00:00Z").length;
  return since === 0 ? "this task is the same now" : `${since} ${since === 1 ? "commit" : "commits"} changed this task since`;
}

/** What changed the task between the last good job and this one, as a clause; null if that is not known. */
export function changedSinceGood(job: Pick<JobDetail, "revision" | "commit">, good: Pick<JobItem, "revision" | "commit">, versions: Commits | undefined): string | null {
  if (good.revision === job.revision) return "the same revision";
  if (!job.commit || !good.commit || versions === undefined) return null;
  const between = changesBetween(versions, good.commit.at, job.commit.at);
  const newest = between[0];
  if (!newest) return "no commit changed this task since";
  return between.length === 1 ? `1 commit changed this task since: “${newest.commit.subject}”` : `${between.length} commits changed this task since, the last: “${newest.commit.subject}”`;
}
