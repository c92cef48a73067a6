/** Walks through what the server finds in a log, forwards and backwards, and reads no more of it than it must. */
export type Hit = { seq: number };
export type Found<H extends Hit> = { lines: readonly H[]; last_seq: number; complete: boolean };
export type Search<H extends Hit> = (since: number, limit: number) => Promise<Found<H>>;

const BATCH = 200;

export class Finder<H extends Hit> {
  readonly hits: H[] = [];
  /** Whether the log was searched to its end. */
  isComplete = false;
  private searchedTo = 0;

  constructor(private readonly search: Search<H>) {}

  /** The first hit after this line; undefined if there is none. */
  async next(seq: number): Promise<H | undefined> {
    for (;;) {
      const hit = this.hits.find((each) => each.seq > seq);
      if (hit || this.isComplete) return hit;
      await this.more();
    }
  }

  /** The last hit before this line. */
  async previous(seq: number): Promise<H | undefined> {
    while (!this.isComplete && this.searchedTo < seq - 1) await this.more();
    return this.hits.findLast((each) => each.seq < seq);
  }

  /** The number of a hit, from 1. */
  placeOf(seq: number): number {
    return this.hits.findIndex((each) => each.seq === seq) + 1;
  }

  private async more(): Promise<void> {
    const found = await this.search(this.searchedTo, BATCH);
    this.hits.push(...found.lines);
    // A search that is out of time before its first line would go on for ever.
    this.isComplete = found.complete || (found.last_seq <= this.searchedTo && found.lines.length === 0);
    this.searchedTo = Math.max(this.searchedTo, found.last_seq);
  }
}
