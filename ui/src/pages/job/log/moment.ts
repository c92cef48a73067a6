/** How much of a log was there at a moment: the log of a job that is shown as it stood then ends there. */
type Stamped = { ts: string };

/** How many of `count` lines were printed by then. Lines are in the order of their time; few pages of `size` lines are read. */
export async function linesUntil(until: string, count: number, size: number, read: (page: number) => Promise<readonly Stamped[]>): Promise<number> {
  const then = Date.parse(until);
  const isLater = (line: Stamped) => Date.parse(line.ts) > then;
  let [low, high] = [0, Math.ceil(count / size)]; // the first page that has a later line lies in between
  while (low < high) {
    const page = Math.floor((low + high) / 2);
    const lines = await read(page);
    const last = lines.at(-1);
    if (last === undefined) high = page;
    else if (!isLater(last)) low = page + 1;
    else if (lines[0] && isLater(lines[0])) high = page;
    else return page * size + lines.findIndex(isLater);
  }
  return Math.min(count, low * size);
}
