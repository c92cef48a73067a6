/** The filters of the jobs list: their chips, and how the address holds them. */
import type { Filter } from "../../components/FilterChips";
import { JOB_STATUSES, type JobStatus, lookOf } from "../../lib/status";
import type { JobFilter, JobItem, WaitingOn } from "../../queries/jobs";

/** In the address, as one reads them there: `/jobs?status=failed&status=timed_out&task=deploy`. */
export type JobsSearch = {
  workspace?: string | undefined;
  task?: string | undefined;
  status?: JobStatus[] | undefined;
  source?: JobItem["source_type"] | undefined;
  waits?: WaitingOn | undefined;
  label?: string[] | undefined;
  actor?: string | undefined;
  trigger?: string | undefined;
  over?: string | undefined;
  since?: Since | undefined;
  after?: string | undefined;
  before?: string | undefined;
  revision?: string | undefined;
  q?: string | undefined;
  /** Two jobs whose difference lies over the list. */
  compare?: string[] | undefined;
};

const SOURCES = ["api", "user", "trigger", "webhook", "hook", "task"] as const;
const WAITS = ["approval", "event", "timer", "child", "retry", "dependencies", "worker", "slot", "pause", "group"] as const;

const HOUR_MS = 3_600_000;
const SINCE = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 } as const;
type Since = keyof typeof SINCE;
const SINCE_WORDS: Record<Since, string> = { "1h": "last hour", "24h": "last 24 h", "7d": "last 7 days", "30d": "last 30 days" };
export const OVER = /^([0-9]+|([0-9]+(ms|[dhms]))+)$/;

export function readSearch(raw: Record<string, unknown>): JobsSearch {
  const statuses = texts(raw["status"]).filter((each): each is JobStatus => JOB_STATUSES.includes(each as JobStatus));
  const labels = texts(raw["label"]).filter((each) => /^[^=]+=/.test(each));
  const compared = texts(raw["compare"]);
  const over = text(raw["over"]);
  return {
    workspace: text(raw["workspace"]),
    task: text(raw["task"]),
    status: statuses.length > 0 ? statuses : undefined,
    source: SOURCES.find((source) => source === raw["source"]),
    waits: WAITS.find((each) => each === raw["waits"]),
    label: labels.length > 0 ? labels : undefined,
    actor: text(raw["actor"]),
    trigger: text(raw["trigger"]),
    over: over !== undefined && OVER.test(over) ? over : undefined,
    since: Object.keys(SINCE).find((each): each is Since => each === raw["since"]),
    after: time(raw["after"]),
    before: time(raw["before"]),
    revision: text(raw["revision"]),
    q: text(raw["q"]),
    compare: compared.length === 2 ? compared : undefined,
  };
}

const text = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) || undefined : undefined);
const texts = (value: unknown): string[] => [value].flat().flatMap((each) => text(each) ?? []);

function time(value: unknown): string | undefined {
  const at = Date.parse(text(value) ?? "");
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** `now`: from when "the last hour" is counted. */
export const toFilter = (search: JobsSearch, now: number): JobFilter => ({
  workspace: search.workspace,
  task_name: search.workspace ? search.task : undefined,
  status: search.status,
  source_type: search.source,
  waiting_on: search.waits,
  label: search.label,
  actor: search.actor,
  trigger: search.trigger,
  duration_over: search.over,
  created_after: search.after ?? (search.since && new Date(now - SINCE[search.since] * HOUR_MS).toISOString()),
  created_before: search.before,
  revision: search.revision,
  search: search.q,
});

/** The filters that have chips; those without options are set in the sheet of more filters. */
export function filtersOf(workspaces: readonly string[], tasks: readonly { workspace: string; name: string }[]): Filter[] {
  return [
    { name: "status", label: "Status", options: JOB_STATUSES.map((value) => ({ value, label: lookOf(value).word })) },
    { name: "workspace", label: "Workspace", options: plain(workspaces) },
    { name: "task", label: "Task", options: plain([...new Set(tasks.map((task) => `${task.workspace}/${task.name}`))]) },
    { name: "since", label: "Created", options: Object.entries(SINCE_WORDS).map(([value, label]) => ({ value, label })) },
    { name: "source", label: "Started by", options: plain(SOURCES) },
    { name: "waits", label: "Waits for", options: plain(WAITS) },
    { name: "label", label: "Label", options: [] },
    { name: "actor", label: "Who", options: [] },
    { name: "trigger", label: "Trigger", options: [] },
    { name: "over", label: "Longer than", options: [] },
    { name: "after", label: "From", options: [] },
    { name: "before", label: "Until", options: [] },
    { name: "revision", label: "Revision", options: [] },
  ];
}

const plain = (values: readonly string[]) => values.map((value) => ({ value, label: value }));

const SEVERAL = new Set(["status", "label"]);

/** Of most filters one value counts: the last that was chosen. A task brings its workspace with it. */
export function choose(search: JobsSearch, name: string, values: string[]): JobsSearch {
  if (SEVERAL.has(name)) return { ...search, [name]: values.length > 0 ? values : undefined };
  const chosen = values.at(-1);
  if (name === "task" && chosen !== undefined) {
    const cut = chosen.indexOf("/");
    return { ...search, workspace: chosen.slice(0, cut), task: chosen.slice(cut + 1) };
  }
  const next = { ...search, [name]: chosen };
  return name === "workspace" ? { ...next, task: undefined } : next;
}

/** What is in the address, but filters nothing by a chip. */
const OTHERS = new Set(["q", "compare"]);

export function chosenIn(search: JobsSearch): Record<string, string[]> {
  const shown = { ...search, task: search.workspace && search.task ? `${search.workspace}/${search.task}` : undefined };
  return Object.fromEntries(
    Object.entries(shown).flatMap(([name, value]) => (OTHERS.has(name) ? [] : [[name, value === undefined ? [] : [value].flat()]])),
  );
}

export const isFiltered = (search: JobsSearch): boolean =>
  Object.entries(search).some(([name, value]) => name !== "compare" && value !== undefined);
