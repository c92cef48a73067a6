import { expect, test } from "vitest";
import { Finder, type Found } from "./finder";
import { locate } from "./locate";

/** A log whose line n has seq 3n + 1, as lines of other steps lie between. */
const SEQS = Array.from({ length: 5000 }, (_, n) => 3 * n + 1);
const RANGE = { count: 5000, first: 1, last: 14_998 };

test("a line is found by its seq, and few pages are read for it", async () => {
  let reads = 0;
  const read = (page: number) => {
    reads += 1;
    return Promise.resolve(SEQS.slice(page * 100, page * 100 + 100).map((seq) => ({ seq })));
  };
  for (const line of [0, 1, 99, 100, 2500, 4999]) expect(await locate(3 * line + 1, RANGE, 100, read)).toBe(line);
  expect(reads).toBeLessThan(20);
  expect(await locate(2, RANGE, 100, read)).toBe(-1);
  expect(await locate(99_999, RANGE, 100, read)).toBe(-1);
});

test("without lines between, nothing is read", async () => {
  const read = () => Promise.reject(new Error("no page was needed"));
  expect(await locate(17, { count: 20, first: 5, last: 24 }, 100, read)).toBe(12);
});

const search = (hits: readonly number[], end: number) => (since: number, limit: number): Promise<Found<{ seq: number }>> => {
  const lines = hits.filter((seq) => seq > since).slice(0, limit).map((seq) => ({ seq }));
  const complete = lines.length < limit;
  return Promise.resolve({ lines, complete, last_seq: complete ? end : (lines.at(-1)?.seq ?? since) });
};

test("hits are walked through in both directions, also over the batches of the server", async () => {
  const hits = Array.from({ length: 450 }, (_, at) => at * 10 + 5);
  const finder = new Finder(search(hits, 9999));
  expect((await finder.next(0))?.seq).toBe(5);
  expect(finder.isComplete).toBe(false);
  expect((await finder.previous(4000))?.seq).toBe(3995);
  expect((await finder.next(3995))?.seq).toBe(4005);
  expect(await finder.next(4495)).toBeUndefined();
  expect(await finder.previous(5)).toBeUndefined();
  expect(finder.placeOf(15)).toBe(2);
});

test("a search that makes no way ends", async () => {
  const finder = new Finder(() => Promise.resolve({ lines: [], last_seq: 0, complete: false }));
  expect(await finder.next(0)).toBeUndefined();
});
