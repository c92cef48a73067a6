/** The form of a task, made from its InputFields: texts in, the values of the API out. */
import type { InputField } from "./inputField";

/** What the form holds: a text for each field, `true`/`false` for a switch; undefined was not touched. */
export type Values = Record<string, string | boolean | undefined>;

export type FieldKind = "switch" | "choice" | "number" | "lines" | "json" | "time" | "date" | "secret" | "text";

const KINDS: Record<string, FieldKind> = {
  boolean: "switch",
  integer: "number",
  number: "number",
  text: "lines",
  object: "json",
  array: "json",
  list: "json",
  date: "date",
  datetime: "time",
};

export function kindOf(field: InputField): FieldKind {
  if (field.secret) return "secret";
  if (field.options && !field.multiple && !field.allow_custom) return "choice";
  return field.multiple ? "json" : (KINDS[field.type] ?? "text");
}

/** In the order of `order`, then as written. */
export function inOrder(fields: Record<string, InputField>): [string, InputField][] {
  return Object.entries(fields).sort(([, a], [, b]) => (a.order ?? Infinity) - (b.order ?? Infinity) || 0);
}

export type Parsed = { input: Record<string, unknown>; errors: Record<string, string> };

/** The input of the task. What was left empty is not sent, so that its default counts. */
export function parse(fields: Record<string, InputField>, values: Values): Parsed {
  const input: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = values[name];
    if (value === undefined || value === "") continue;
    try {
      input[name] = valueOf(field, value);
    } catch (error) {
      errors[name] = error instanceof Error ? error.message : String(error);
    }
  }
  return { input, errors };
}

function valueOf(field: InputField, value: string | boolean): unknown {
  const kind = kindOf(field);
  if (typeof value === "boolean" || kind === "switch") return value === true || value === "true";
  if (kind === "number" || ["integer", "number"].includes(field.type)) return asNumber(value);
  if (kind === "choice") return field.options?.find((option) => asText(option) === value) ?? value;
  return kind === "json" ? asJson(field, value) : value;
}

function asNumber(text: string): number {
  const number = Number(text.trim());
  if (text.trim() === "" || !Number.isFinite(number)) throw new Error(`${text} is not a number`);
  return number;
}

/** JSON, or, for a field of several values, one value a line. */
function asJson(field: InputField, text: string): unknown {
  if (field.multiple && !text.trim().startsWith("[")) return text.split("\n").map((line) => line.trim()).filter(Boolean);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("this is not JSON");
  }
}

export const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** The errors that the server reports, by field: `input.name` and `name` are the same field. */
export function fieldErrors(details: readonly { field: string; message: string }[]): Record<string, string> {
  return Object.fromEntries(details.map(({ field, message }) => [field.replace(/^input\./, "").split(/[.[]/)[0] ?? field, message]));
}
