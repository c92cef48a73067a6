/** A form that begins with the input of an earlier job, and what was changed in it. */
import { asText, kindOf, type Values } from "./fields";
import type { InputField } from "./inputField";

type Input = Readonly<Record<string, unknown>>;

/** The values as texts. What is secret stays empty: the server has it, and only shows a mask. */
export function valuesFrom(fields: Record<string, InputField>, input: Input): Values {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]): [string, string | boolean][] => {
      const value = input[name];
      if (field.secret || value === undefined || value === null) return [];
      return [[name, kindOf(field) === "json" ? JSON.stringify(value, null, 2) : asText(value)]];
    }),
  );
}

/** What replaces the values of the job: what differs, and null for what was emptied. */
export function changesTo(fields: Record<string, InputField>, before: Input, now: Input): Record<string, unknown> {
  const names = Object.keys(fields).filter((name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]));
  return Object.fromEntries(
    names.flatMap((name): [string, unknown][] => {
      if (name in now) return [[name, now[name]]];
      return fields[name]?.secret || before[name] === undefined || before[name] === null ? [] : [[name, null]];
    }),
  );
}
