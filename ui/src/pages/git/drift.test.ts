import { expect, test } from "vitest";
import type { Drift } from "../../queries/git";
import { driftWords, isTroubled } from "./drift";

const drift = (given: Partial<Drift>): Drift => ({
  status: "synced", ahead: 0, behind: 0, message: null, pause: null, reason: null, remote: null, revision: null, unreachable_since: null, ...given,
});

test("both ways are counted where the branches have parted", () => {
  expect(driftWords(drift({ status: "diverged", ahead: 2, behind: 1 }))).toBe("2 ahead, 1 behind");
});

test("where the commits cannot be counted, the status is the word", () => {
  expect(driftWords(drift({ status: "behind", behind: null }))).toBe("behind");
});

test("a paused workspace is troubled though it is where the branch is", () => {
  expect(isTroubled(drift({ reason: "paused" }))).toBe(true);
  expect(isTroubled(drift({}))).toBe(false);
});
