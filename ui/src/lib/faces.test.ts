import { expect, test } from "vitest";
import { FACES, pathOf, statusIn } from "./faces";

const JOB = { job_id: "j1", workspace: "shop", task_name: "roll out" };
const face = (name: string) => FACES.find((each) => each.name.startsWith(name)) ?? FACES[0]!; // eslint-disable-line @typescript-eslint/no-non-null-assertion

test("each API has the job at a path of its own", () => {
  expect(FACES.map((each) => pathOf(each, JOB))).toEqual(["/api/jobs/j1", "/v1/workflow-runs/j1", "/client/v4/accounts/shop/workflows/roll%20out/instances/j1", "/v2/jobs/j1", "/api/v1/agents"]);
});

test("the status is read where the API has it, and is null where it is not", () => {
  expect(statusIn(face("Cloudflare"), { result: { status: "complete" } })).toBe("complete");
  expect(statusIn(face("Komand"), { status: "succeeded" })).toBe("succeeded");
  expect(statusIn(face("Komand"), null)).toBeNull();
  expect(statusIn(face("Active"), [{ status: "no" }])).toBeNull();
});
