import { expect, test } from "vitest";
import type { TaskOverview } from "../../queries/overview";
import { chosen, foldersOf } from "./folders";

const task = (name: string, folder: string | undefined, ...statuses: string[]) =>
  ({ name, folder, description: `does ${name}`, labels: { owner: name }, last_jobs: statuses.map((status) => ({ job_id: "1", status, duration: null })) }) as unknown as TaskOverview;

const TASKS = [task("a", "shop/live", "running", "failed"), task("b", "shop", "completed", "failed"), task("c", "shopping"), task("d", undefined)];

test("a folder counts the tasks in it and below it", () => {
  expect(foldersOf(TASKS).map(({ path, depth, tasks, failing }) => [path, depth, tasks, failing])).toEqual([["shop", 0, 2, 1], ["shop/live", 1, 1, 1], ["shopping", 0, 1, 0]]);
});

test("a folder has what is below it, and not its neighbour", () => {
  expect(chosen(TASKS, { folder: "shop" }).map((each) => each.name)).toEqual(["a", "b"]);
});

test("failing is whose last ended job failed; never ran is who has no job", () => {
  expect(chosen(TASKS, { only: "failing" }).map((each) => each.name)).toEqual(["a"]);
  expect(chosen(TASKS, { only: "never-ran" }).map((each) => each.name)).toEqual(["c", "d"]);
});

test("late is what has a late job, and starred what has a star", () => {
  const marked = { late: new Set(["w/b"]), starred: new Set(["w/a", "w/d"]) };
  const tasks = TASKS.map((each) => ({ ...each, workspace: "w" }));
  expect(chosen(tasks, { only: "late" }, marked).map((each) => each.name)).toEqual(["b"]);
  expect(chosen(tasks, { only: "starred" }, marked).map((each) => each.name)).toEqual(["a", "d"]);
});

test("a search looks into description and labels", () => {
  expect(chosen(TASKS, { q: "DOES B" }).map((each) => each.name)).toEqual(["b"]);
  expect(chosen(TASKS, { q: "owner=d" }).map((each) => each.name)).toEqual(["d"]);
});
