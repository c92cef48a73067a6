import { expect, test } from "vitest";
import { asMarkdown, byWeight, type Change, type ChangePlan, firesOf, newlyRead, shownValue, summary } from "./words";

const change = (given: Partial<Change>): Change => ({
  kind: "task", name: "deploy", change: "changed", breaking: false, contract: false, file: null, line: null, summary: "cmd changed", details: [], ...given,
});

const plan = (changes: Change[]): ChangePlan => ({
  base: { revision: "a".repeat(40), commit: null }, head: { revision: "main", commit: null }, changes, problems: [],
  summary: { added: 0, removed: 0, changed: changes.length, breaking: changes.filter((each) => each.breaking).length },
});

test("what breaks a caller is first, and the rest keeps its order", () => {
  const found = byWeight([change({ name: "a" }), change({ name: "b", contract: true }), change({ name: "c", breaking: true }), change({ name: "d" })]);
  expect(found.map((each) => each.name)).toEqual(["c", "b", "a", "d"]);
});

test("text is shown as it is, other values as JSON, and nothing by its word", () => {
  expect([shownValue("on"), shownValue(3), shownValue(null)]).toEqual(["on", "3", "nothing"]);
});

test("only next_fires are fires", () => {
  const detail = { path: "next_fires", change: "changed", before: [], after: ["2027-01-01T00:00:00Z"], breaking: false, callers: [] } as const;
  expect(firesOf({ ...detail, callers: [] })).toEqual({ before: [], after: ["2027-01-01T00:00:00Z"] });
  expect(firesOf({ ...detail, path: "cron", callers: [] })).toBeNull();
});

test("what the repository says is never markup in the Markdown", () => {
  const text = asMarkdown(plan([change({ name: "`](http://x) **b**", breaking: true })]), "http://here/plan");
  expect(text).toContain("``");
  expect(text).toContain("- **Breaking:** task `` `](http://x) **b** `` changed");
  expect(text).toContain("`aaaaaaa` → `main`");
});

test("a plan without a change says so", () => {
  expect(summary(plan([]))).toBe("Nothing changes.");
  expect(summary(plan([change({ breaking: true })]))).toBe("1 changed; 1 breaking change.");
});

test("a secret that is read anew is named with its reader", () => {
  const read = { path: "reads.secret.registry", change: "added", before: null, after: "registry", breaking: false, callers: [] } as const;
  const gone = { ...read, change: "removed", before: "registry", after: null, callers: [] } as const;
  expect(newlyRead([change({ details: [{ ...read, callers: [] }, { ...gone, callers: [] }] })])).toEqual([{ secret: "registry", by: "task deploy" }]);
});
