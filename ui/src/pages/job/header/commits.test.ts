import { expect, test } from "vitest";
import { behind, changedSinceGood } from "./commits";

const commit = (hour: number, subject = "Speed up tests") => ({ sha: String(hour), subject, author: "Ada", at: `2026-01-01T${String(hour).padStart(2, "0")}:00:00Z` });
const version = (hour: number, subject?: string) => ({ at: commit(hour).at, commit: commit(hour, subject) });
const at = (hour: number) => ({ revision: String(hour), commit: commit(hour) });

test("a job at the active revision is the same as now", () => {
  expect(behind(at(3), "3", undefined)).toBe("same as now");
  expect(behind(at(3), null, undefined)).toBeNull();
});

test("a job at an older commit says how many commits changed its task since", () => {
  expect(behind(at(3), "6", [version(6), version(5), version(2)])).toBe("2 commits changed this task since");
  expect(behind(at(3), "6", [version(2)])).toBe("this task is the same now");
  expect(behind({ revision: "dir:1", commit: null }, "dir:2", [])).toBe("not the active revision");
});

test("the only commit between the last good job and this one is named", () => {
  expect(changedSinceGood(at(5), at(3), [version(6), version(5, "Parse dates"), version(3)])).toBe("1 commit changed this task since: “Parse dates”");
  expect(changedSinceGood(at(5), at(5), [])).toBe("the same revision");
  expect(changedSinceGood(at(5), at(3), [version(2)])).toBe("no commit changed this task since");
  expect(changedSinceGood(at(5), { revision: "x", commit: null }, [])).toBeNull();
});
