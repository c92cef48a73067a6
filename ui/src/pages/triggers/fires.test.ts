import { expect, test } from "vitest";
import { dayStarts, daysOf, groupsOf } from "./fires";

const NOW = new Date(2026, 10, 30, 15).getTime();
const fire = (at: Date, trigger_name = "hourly") => ({ at: at.toISOString(), workspace: "shop", trigger_name, task_name: "deploy" });

test("a week begins with today's midnight and ends with that of the eighth day", () => {
  const starts = dayStarts(NOW);
  expect(starts).toHaveLength(8);
  expect(starts[1]).toBe(new Date(2026, 11, 1).getTime());
});

test("a fire at midnight belongs to the day that begins", () => {
  const days = daysOf([fire(new Date(2026, 11, 1)), fire(new Date(2026, 11, 7))], dayStarts(NOW));
  expect(days.map((day) => day.fires.length)).toEqual([0, 1, 0, 0, 0, 0, 0]);
});

test("the fires of a trigger are one group of its day", () => {
  const fires = [fire(new Date(2026, 10, 30, 16)), fire(new Date(2026, 10, 30, 16), "other"), fire(new Date(2026, 10, 30, 17))];
  const [day] = daysOf(fires, dayStarts(NOW));
  expect(day && groupsOf(day).map((group) => [group.trigger, group.times.length])).toEqual([["hourly", 2], ["other", 1]]);
});
