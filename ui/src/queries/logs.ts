/** The lines of a step's log. */
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type LogLine = { ts: string; stream: "stdout" | "stderr"; step: string; line: string; seq: number; attempt: number };

/** Only so many of the last lines are read: the whole log is a download. */
export const TAIL_LINES = 5000;
const POLL_MS = 1500;

export function useStepLog(jobId: string, step: string, isOpen: boolean) {
  return useQuery({
    queryKey: [...keys.job(jobId), "log", step],
    queryFn: async ({ signal }) => {
      const params = { path: { id: jobId, step }, query: { tail: TAIL_LINES } };
      const found = await answer(api.GET("/api/jobs/{id}/steps/{step}/logs", { params, signal }));
      return parseLines((found as Schemas["Logs"]).logs);
    },
    refetchInterval: isOpen ? POLL_MS : false,
  });
}

export function parseLines(jsonl: string): LogLine[] {
  return jsonl.split("\n").filter(Boolean).map((line) => JSON.parse(line) as LogLine);
}

/** The index of the first line of the first run of lines that look like the cause; -1 without one. */
export function firstError(lines: readonly LogLine[]): number {
  const looks = lines.findIndex((line) => /\b(error|fatal|panic|traceback|failed|exception)\b/i.test(line.line));
  return looks >= 0 ? looks : lines.findIndex((line) => line.stream === "stderr");
}
