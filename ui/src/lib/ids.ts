/** Ids and revisions as people read them. */

/** The first seven characters of a commit's SHA, or of the digest of a folder. */
export function shortRevision(revision: string): string {
  return revision.replace(/^(sha256|dir):/, "").slice(0, 7);
}

/** The last eight characters: those of a UUIDv7 that differ between jobs of the same minute. */
export const shortId = (id: string): string => id.slice(-8);
