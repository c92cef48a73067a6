/** The link that opens the form of a task, filled in: `?run=shop/deploy&rev=v2&priority=1&input.name=x&label.team=blue`. */
import { stringifySearch } from "./search";

export type Given = {
  rev: string;
  priority: string;
  /** By the name of the field, as it is typed. */
  input: Record<string, string>;
  labels: Record<string, string>;
};

export const NOTHING: Given = { rev: "", priority: "", input: {}, labels: {} };

/** Whether a name of the query belongs to the form, and goes when it is closed. */
export const isOfForm = (name: string): boolean => ["run", "of", "rev", "priority"].includes(name) || /^(input|label)\./.test(name);

const text = (value: unknown) => (typeof value === "string" ? value : "");

const named = (search: Record<string, unknown>, prefix: string) =>
  Object.fromEntries(Object.entries(search).flatMap(([name, value]) => (name.startsWith(prefix) && typeof value === "string" ? [[name.slice(prefix.length), value]] : [])));

export function givenBy(search: Record<string, unknown>): Given {
  return { rev: text(search["rev"]), priority: text(search["priority"]), input: named(search, "input."), labels: named(search, "label.") };
}

/** The query of the link; what is empty is left out. The caller leaves out secrets. */
export function linkTo(workspace: string, task: string, { rev, priority, input, labels }: Given): string {
  const pairs = (prefix: string, values: Record<string, string>) => Object.entries(values).filter(([, value]) => value !== "").map(([name, value]) => [`${prefix}${name}`, value]);
  return stringifySearch({ run: `${workspace}/${task}`, rev: rev || undefined, priority: priority || undefined, ...Object.fromEntries([...pairs("input.", input), ...pairs("label.", labels)]) });
}

/** `team=blue, owner=ada` as labels; null where it is not that. */
export function readLabels(typed: string): Record<string, string> | null {
  const pairs = typed.split(",").map((pair) => pair.trim()).filter(Boolean);
  if (pairs.some((pair) => pair.indexOf("=") < 1)) return null;
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")).trim(), pair.slice(pair.indexOf("=") + 1).trim()]));
}

export const writeLabels = (labels: Record<string, string>): string => Object.entries(labels).map((pair) => pair.join("=")).join(", ");
