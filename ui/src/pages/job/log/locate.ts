/** The number of a line in its log, from its `seq`. Where lines of other steps lie between, pages are read to find it. */
type Numbered = { seq: number };
export type Range = { count: number; first: number; last: number };

/** From 0; -1 if there is no such line. `range`: how many lines there are, and the `seq` of the first and the last. */
export async function locate(seq: number, range: Range, size: number, read: (page: number) => Promise<readonly Numbered[]>): Promise<number> {
  if (seq < range.first || seq > range.last) return -1;
  if (range.last - range.first + 1 === range.count) return seq - range.first;
  let [low, high] = [0, Math.ceil(range.count / size) - 1];
  let [from, to] = [range.first, range.last];
  while (low <= high) {
    const share = to > from ? (seq - from) / (to - from) : 0;
    const page = Math.min(high, Math.max(low, low + Math.floor(share * (high - low + 1))));
    const lines = await read(page);
    const [first, last] = [lines[0], lines.at(-1)];
    if (!first || !last) return -1;
    if (seq < first.seq) [high, to] = [page - 1, first.seq];
    else if (seq > last.seq) [low, from] = [page + 1, last.seq];
    else {
      const at = lines.findIndex((line) => line.seq === seq);
      return at < 0 ? -1 : page * size + at;
    }
  }
  return -1;
}
