/** Many inputs of one task, from what is pasted: JSON objects, one a line, or a table whose first line names the fields. */
import { type Parsed, parse } from "../../components/form/fields";
import type { InputField } from "../../components/form/inputField";

export type Many = { inputs: Record<string, unknown>[]; errors: string[] };

/** The most jobs that the server makes at once. */
export const MAX_JOBS = 1000;
const MAX_ERRORS = 20;

export function readMany(text: string, fields: Record<string, InputField>): Many {
  const lines = text.split("\n").map((line, index) => ({ line, number: index + 1 })).filter(({ line }) => line.trim() !== "");
  const first = lines[0];
  if (!first) return { inputs: [], errors: [] };
  const found = first.line.trim().startsWith("{") ? lines.map(({ line, number }) => ({ number, ...ofJson(line, fields) })) : ofTable(first.line, lines.slice(1), fields);
  const errors = found.flatMap(({ number, errors }) => Object.entries(errors).map(([name, message]) => `Line ${number}: ${name === "" ? "" : `${name}: `}${message}`));
  if (found.length > MAX_JOBS) errors.push(`At most ${MAX_JOBS.toLocaleString()} jobs are started at once; here are ${found.length.toLocaleString()}.`);
  return { inputs: found.map(({ input }) => input), errors: errors.length > MAX_ERRORS ? [...errors.slice(0, MAX_ERRORS), `and ${errors.length - MAX_ERRORS} more`] : errors };
}

function ofJson(line: string, fields: Record<string, InputField>): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { input: {}, errors: { "": "this is not JSON" } };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { input: {}, errors: { "": "an object is needed, such as {\"name\": \"Ada\"}" } };
  return { input: value as Record<string, unknown>, errors: unknown(Object.keys(value), fields) };
}

type Line = { line: string; number: number };

/** Cells are separated by tabs, as spreadsheets copy them, else by commas. */
function ofTable(head: string, rows: readonly Line[], fields: Record<string, InputField>): (Parsed & { number: number })[] {
  const mark = head.includes("\t") ? "\t" : ",";
  const names = cells(head, mark);
  const wrong = unknown(names, fields);
  if (Object.keys(wrong).length > 0) return [{ number: 1, input: {}, errors: wrong }];
  return rows.map(({ line, number }) => {
    const found = cells(line, mark);
    const { input, errors } = parse(fields, Object.fromEntries(names.map((name, index) => [name, found[index]])));
    return { number, input, errors: found.length > names.length ? { ...errors, "": `${found.length} values for ${names.length} fields` } : errors };
  });
}

/** A cell in double quotes may have the mark in it; two quotes are one. */
function cells(line: string, mark: string): string[] {
  const cell = new RegExp(`^(?:\\s*"((?:[^"]|"")*)"\\s*|([^${mark}]*))(?:${mark}|$)`, "u");
  const found: string[] = [];
  for (let rest = `${line.replace(/\r$/, "")}${mark}`; rest !== ""; ) {
    const match = cell.exec(rest);
    if (!match) return [...found, rest]; // a quote that is not closed, or followed by more
    found.push(match[1] === undefined ? (match[2] ?? "").trim() : match[1].replaceAll('""', '"'));
    rest = rest.slice(match[0].length);
  }
  return found;
}

const unknown = (names: readonly string[], fields: Record<string, InputField>): Record<string, string> =>
  Object.fromEntries(names.filter((name) => !(name in fields)).map((name) => [name, "the task has no such field"]));
