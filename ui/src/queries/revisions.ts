/** The revisions that one can choose from: the branch, what was loaded last, and the commits that changed a task. */
import { useMemo } from "react";
import { useRevisions } from "./git";
import { useVersions } from "./task";
import { useWorkspaces } from "./tasks";

/** `about`: the subject of the commit, or what it is. */
export type KnownRevision = { value: string; about: string };

const MOST = 12;

/** Of a folder without git there is none: it has but one revision. */
export function useKnownRevisions(workspace: string, task?: string): readonly KnownRevision[] {
  const found = useWorkspaces().data?.find((each) => each.name === workspace);
  const branch = found?.branch ?? null;
  const isRefused = Boolean(found?.candidate); // then the branch cannot be run
  const loads = useRevisions(workspace, branch !== null).data;
  const versions = useVersions(workspace, task ?? "", undefined, branch !== null && task !== undefined).data;
  return useMemo(() => {
    if (branch === null) return [];
    const loaded = (loads?.pages.flat() ?? []).filter((load) => load.commit !== null && load.accepted).map((load) => ({ value: load.revision, about: load.commit?.message.split("\n")[0] ?? "" }));
    const changed = (versions ?? []).filter((version) => version.loads).map((version) => ({ value: version.revision, about: version.commit.subject }));
    const seen = new Set<string>();
    const commits = [...changed, ...loaded].filter(({ value }) => !seen.has(value) && seen.add(value));
    return [...(isRefused ? [] : [{ value: branch, about: "the branch" }]), ...commits.slice(0, MOST)];
  }, [branch, isRefused, loads, versions]);
}
