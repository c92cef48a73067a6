/** Which names are near to one that does not exist: the nearest first. */

/** How many letters must be added, removed or changed to make one word of the other. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const MAX_SHOWN = 3;

/** Those that differ in at most a third of their letters, or begin alike. */
export function near(word: string, names: readonly string[]): string[] {
  const wanted = word.toLowerCase();
  return names
    .map((name) => ({ name, away: distance(wanted, name.toLowerCase()) }))
    .filter(({ name, away }) => wanted !== "" && (away <= Math.max(1, Math.floor(name.length / 3)) || name.toLowerCase().startsWith(wanted) || wanted.startsWith(name.toLowerCase())))
    .sort((a, b) => a.away - b.away)
    .slice(0, MAX_SHOWN)
    .map(({ name }) => name);
}

/** The fewest letters of an id that name a job: what the pages show of it. */
const SHORT_ID = 7;
const MAX_TYPOS = 3;

/** The ids that are meant by one that does not exist: written in part, as the pages show them, or with a few wrong letters. */
export function meantJobs(wanted: string, ids: readonly string[]): string[] {
  const id = wanted.toLowerCase();
  const isPart = (each: string) => id.length >= SHORT_ID && (each.startsWith(id) || each.endsWith(id));
  return ids.filter((each) => isPart(each) || distance(id, each) <= MAX_TYPOS).slice(0, MAX_SHOWN);
}
