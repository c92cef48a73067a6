import { expect, test } from "vitest";
import { jobsOf, readAuditSearch, toAuditFilter } from "./filters";

const ID = "01a22aaa-ed42-7092-8078-7ca02f692577";
const OTHER = "01a22aaa-ed47-723a-a16d-7418a04b815a";

test("an entry names the job that it is about, and those of an operation on many", () => {
  expect(jobsOf({ what: "jobs.cancel", subject: ID, details: {} })).toEqual([ID]);
  expect(jobsOf({ what: "jobs.in_bulk", subject: null, details: { jobs: `${ID} ${OTHER}` } })).toEqual([ID, OTHER]);
  expect(jobsOf({ what: "users.disable", subject: ID, details: {} })).toEqual([]);
});

test("the last day is counted from the given time", () => {
  const search = readAuditSearch({ since: "24h", actor: "ada", what: 3 });
  expect(toAuditFilter(search, Date.parse("2026-03-02T00:00:00Z"))).toMatchObject({ actor: "ada", what: undefined, after: "2026-03-01T00:00:00.000Z" });
});
