/** The audit trail, and the settings that the server runs with: for administrators. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type AuditEntry = Schemas["AuditList"][number];
export type ServerSettings = Schemas["ServerSettings"];
export type Setting = Schemas["Setting"];

export type AuditFilter = {
  actor?: string | undefined;
  api_key?: string | undefined;
  what?: string | undefined;
  subject?: string | undefined;
  workspace?: string | undefined;
  after?: string | undefined;
};

const PAGE_SIZE = 100;
const MAX_PAGE = 500;
/** An export ends here; a longer one is narrowed by its filters. */
export const MAX_EXPORTED = 100_000;

const given = (filter: AuditFilter) => Object.fromEntries(Object.entries(filter).filter(([, value]) => value));

const read = (filter: AuditFilter, before: number | null, limit: number, signal?: AbortSignal) =>
  answer(api.GET("/api/audit", { params: { query: { ...given(filter), limit, ...(before !== null && { before_id: before }) } }, ...(signal && { signal }) }));

export function useAudit(filter: AuditFilter) {
  return useInfiniteQuery({
    queryKey: [...keys.audit, filter],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) => read(filter, pageParam, PAGE_SIZE, signal),
    getNextPageParam: (last) => (last.length === PAGE_SIZE ? (last.at(-1)?.id ?? null) : null),
    placeholderData: keepPreviousData,
  });
}

/** All entries of the filter as NDJSON, the newest first. */
export async function exportAudit(filter: AuditFilter): Promise<string> {
  const lines: string[] = [];
  let before: number | null = null;
  while (lines.length < MAX_EXPORTED) {
    const found: AuditEntry[] = await read(filter, before, MAX_PAGE);
    lines.push(...found.map((entry) => `${JSON.stringify(entry)}\n`));
    before = found.at(-1)?.id ?? null;
    if (found.length < MAX_PAGE) break;
  }
  return lines.join("");
}

export function useSettings() {
  return useQuery({
    queryKey: keys.settings,
    queryFn: ({ signal }) => answer(api.GET("/api/settings", { signal })),
  });
}
