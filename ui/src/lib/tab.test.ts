import { expect, test } from "vitest";
import { tabIcon, tabTitle } from "./tab";

test("a tab names its page, and of a job first how it stands", () => {
  expect(tabTitle({ title: "Jobs", status: undefined }, 0)).toBe("Jobs · gitflow");
  expect(tabTitle({ title: "import-orders", status: "failed" }, 0)).toBe("✕ Failed: import-orders · gitflow");
  expect(tabTitle({ title: "", status: undefined }, 2)).toBe("gitflow");
});

test("what waits for a person is counted before the page, but not before the state of a job", () => {
  expect(tabTitle({ title: "Overview", status: undefined }, 3)).toBe("(3) Overview · gitflow");
  expect(tabTitle({ title: "release", status: "running" }, 3)).toBe("◐ Running: release · gitflow");
});

test("no title turns round what stands after it", () => {
  expect(tabTitle({ title: "\u202egro.live\u2066", status: undefined }, 0)).toBe("gro.live · gitflow");
});

test("the icon has a mark in the colour of the state", () => {
  expect(tabIcon(undefined, () => "red")).toBe("/favicon.svg");
  expect(decodeURIComponent(tabIcon("failed", (family) => `#${family}`))).toContain('stroke="#bad"');
  expect(tabIcon("failed", () => "red")).not.toBe(tabIcon("completed", () => "red"));
});
