/** A week of fires: seven days of the viewer's zone, from today. */
import type { Fire } from "../../queries/triggers";

export type Day = { start: number; fires: Fire[] };

export const DAYS = 7;

/** Midnight of each of these days, and of the one after them; right also where a day has 23 or 25 hours. */
export function dayStarts(now: number, days = DAYS): number[] {
  const today = new Date(now);
  return Array.from({ length: days + 1 }, (_, index) => new Date(today.getFullYear(), today.getMonth(), today.getDate() + index).getTime());
}

/** A fire belongs to the day that begins at or before it; one of the last midnight or later belongs to none. */
export function daysOf(fires: readonly Fire[], starts: readonly number[]): Day[] {
  return starts.slice(0, -1).map((start, index) => {
    const end = starts[index + 1] ?? Infinity;
    return { start, fires: fires.filter((fire) => Date.parse(fire.at) >= start && Date.parse(fire.at) < end) };
  });
}

export type Group = { workspace: string; trigger: string; task: string; times: string[] };

/** The fires of a day by their trigger, in the order of the first. */
export function groupsOf(day: Day): Group[] {
  const found = new Map<string, Group>();
  for (const { workspace, trigger_name, task_name, at } of day.fires) {
    const key = `${workspace} ${trigger_name}`;
    const group = found.get(key) ?? { workspace, trigger: trigger_name, task: task_name, times: [] };
    group.times.push(at);
    found.set(key, group);
  }
  return [...found.values()];
}
