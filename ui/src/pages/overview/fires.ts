/** The fires of the next hours, a lane for each trigger. */
import type { ScheduledFire } from "../../queries/overview";

export type Lane = { key: string; trigger: string; task: string; workspace: string; times: string[] };

/** In the order of their next fire. */
export function lanesOf(fires: readonly ScheduledFire[]): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const fire of fires) {
    const key = `${fire.workspace}/${fire.trigger_name}`;
    const lane = lanes.get(key) ?? { key, trigger: fire.trigger_name, task: fire.task_name, workspace: fire.workspace, times: [] };
    lane.times.push(fire.at);
    lanes.set(key, lane);
  }
  return [...lanes.values()];
}

/** Where a time lies between two others, in percent. */
export const place = (at: string, from: number, until: number): number => ((Date.parse(at) - from) / (until - from)) * 100;
