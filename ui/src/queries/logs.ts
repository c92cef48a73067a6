/** The log of a step by place: what it holds, its lines by number, and what is found in it. Never the whole of it. */
import { keepPreviousData, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type LogLine = { ts: string; stream: "stdout" | "stderr"; step: string; line: string; seq: number; attempt: number };
export type LogIndex = Schemas["LogIndex"];
export type LogPart = Schemas["LogPart"];

/** The log of a step, of one attempt or of all. */
export type LogSource = { jobId: string; step: string; attempt: number | undefined };

export const PAGE_LINES = 1000;

const indexKey = (jobId: string, step: string) => [...keys.log(jobId), step, "index"];

/** How far a step is: an index that was read while it printed is not that of its end, nor of its next attempt. */
export type LogState = { isOpen: boolean; attempts: number };

export function useLogIndex(jobId: string, step: string, { isOpen, attempts }: LogState) {
  return useQuery({
    queryKey: [...indexKey(jobId, step), isOpen, attempts],
    queryFn: ({ signal }) => answer(api.GET("/api/jobs/{id}/steps/{step}/logs/index", { params: { path: { id: jobId, step } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Reads the index again: the step has printed much, or its stream has ended. */
export function useFreshIndex(jobId: string, step: string): () => void {
  const client = useQueryClient();
  return useCallback(() => void client.invalidateQueries({ queryKey: indexKey(jobId, step) }), [client, jobId, step]);
}

/** `held`: how many lines the page has as yet; a full page is never read again. */
function pageQuery(source: LogSource, page: number, held: number) {
  const { jobId, step, attempt } = source;
  return {
    queryKey: [...keys.log(jobId), step, attempt ?? "all", page, held],
    staleTime: Infinity,
    gcTime: 60_000,
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const query = { from_line: page * PAGE_LINES + 1, limit: PAGE_LINES, ...(attempt !== undefined && { attempt }) };
      const found = await answer(api.GET("/api/jobs/{id}/steps/{step}/logs", { params: { path: { id: jobId, step }, query }, signal }));
      return parseLines((found as Schemas["Logs"]).logs);
    },
  };
}

const heldBy = (page: number, count: number) => Math.min(PAGE_LINES, count - page * PAGE_LINES);

/** The lines of these pages, by page; those that are not read yet are missing. */
export function useLogPages(source: LogSource, pages: readonly number[], count: number) {
  return useQueries({
    queries: pages.map((page) => ({ ...pageQuery(source, page, heldBy(page, count)), placeholderData: keepPreviousData<LogLine[]> })),
    combine: (found) => ({
      lines: new Map(pages.flatMap((page, at) => (found[at]?.data ? [[page, found[at].data] as const] : []))),
      error: found.find((each) => each.error)?.error ?? null,
    }),
  });
}

/** Reads a page on demand, for a search for the number of a line. */
export function useReadPage(source: LogSource, count: number): (page: number) => Promise<readonly LogLine[]> {
  const client = useQueryClient();
  return (page) => client.fetchQuery(pageQuery(source, page, heldBy(page, count)));
}

export type Find = { q: string } | { regex: string };

/** Lines after `since` that match, at most `limit`. */
export async function findLines({ jobId, step, attempt }: LogSource, what: Find, since: number, limit: number): Promise<Schemas["LogSearch"]> {
  const query = { ...what, ignore_case: true, since_seq: since, limit, ...(attempt !== undefined && { attempt }) };
  return answer(api.GET("/api/jobs/{id}/steps/{step}/logs/search", { params: { path: { id: jobId, step }, query } }));
}

export function parseLines(jsonl: string): LogLine[] {
  return jsonl.split("\n").filter(Boolean).map((line) => JSON.parse(line) as LogLine);
}
