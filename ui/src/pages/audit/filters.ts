/** The filters of the audit trail, as the address holds them, and which job an entry is about. */
import type { AuditEntry, AuditFilter } from "../../queries/audit";

export type AuditSearch = AuditFilter & { since?: Since | undefined };

export const SINCE = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 } as const;
export type Since = keyof typeof SINCE;
const HOUR_MS = 3_600_000;

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

export const readAuditSearch = (raw: Record<string, unknown>): AuditSearch => ({
  actor: text(raw["actor"]),
  api_key: text(raw["api_key"]),
  what: text(raw["what"]),
  subject: text(raw["subject"]),
  workspace: text(raw["workspace"]),
  since: Object.keys(SINCE).find((each): each is Since => each === raw["since"]),
});

/** `now`: from when "the last hour" is counted. */
export function toAuditFilter({ since, ...rest }: AuditSearch, now: number): AuditFilter {
  return { ...rest, after: since && new Date(now - SINCE[since] * HOUR_MS).toISOString() };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The jobs that an entry names: its subject, and those of an operation on many. */
export function jobsOf(entry: Pick<AuditEntry, "what" | "subject" | "details">): string[] {
  const isOfJobs = /^(jobs?|steps?)\./.test(entry.what);
  const named = [isOfJobs ? entry.subject : null, entry.details["job_id"], ...(entry.details["jobs"]?.split(" ") ?? [])];
  return [...new Set(named.filter((each): each is string => UUID.test(each ?? "")))];
}
