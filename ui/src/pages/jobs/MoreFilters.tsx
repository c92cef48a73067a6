/** The filters that one types: label, who, trigger, duration, times, revision. */
import { type FormEvent, useId, useState } from "react";
import { Button } from "../../components/Button";
import { Field, Input } from "../../components/Field";
import { Dialog, OverlayBody, OverlayFooter } from "../../components/Overlay";
import { type JobsSearch, readSearch } from "./filters";

type Props = { search: JobsSearch; onChange: (next: JobsSearch) => void; onClose: () => void };

const FIELDS = [
  { name: "label", label: "Label", hint: "As key=value." },
  { name: "actor", label: "Who", hint: "The person, key or trigger that created it." },
  { name: "trigger", label: "Trigger" },
  { name: "over", label: "Longer than", hint: "Such as 90, 45s or 1h30m; only jobs that have ended." },
  { name: "after", label: "Created from", type: "datetime-local" },
  { name: "before", label: "Created until", type: "datetime-local" },
  { name: "revision", label: "Revision", hint: "The whole commit or digest." },
] as const;

type Name = (typeof FIELDS)[number]["name"];

export function MoreFilters({ search, onChange, onClose }: Props) {
  const [values, setValues] = useState<Record<Name, string>>(() => Object.fromEntries(FIELDS.map(({ name }) => [name, shown(search, name)])) as Record<Name, string>);
  const id = useId();
  const next = readSearch({ ...search, ...values, label: values.label ? [...(search.label ?? []).slice(0, -1), values.label] : search.label?.slice(0, -1) });
  const wrong = (name: Name) => (values[name] !== "" && next[name] === undefined ? "It cannot be read: see the hint." : undefined);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (FIELDS.some(({ name }) => wrong(name))) return;
    onChange(next);
    onClose();
  };
  return (
    <Dialog open onClose={onClose} title="More filters">
      <form className="contents" onSubmit={send}>
        <OverlayBody>
          {FIELDS.map((field) => (
            <Field key={field.name} id={`${id}${field.name}`} label={field.label} hint={"hint" in field ? field.hint : undefined} error={wrong(field.name)}>
              <Input id={`${id}${field.name}`} type={"type" in field ? field.type : "text"} value={values[field.name]} spellCheck={false}
                aria-invalid={wrong(field.name) !== undefined} onChange={(event) => setValues({ ...values, [field.name]: event.target.value })} />
            </Field>
          ))}
        </OverlayBody>
        <OverlayFooter>
          <Button onClick={onClose}>Close form</Button>
          <Button type="submit" look="primary">Show jobs</Button>
        </OverlayFooter>
      </form>
    </Dialog>
  );
}

function shown(search: JobsSearch, name: Name): string {
  const value = [search[name]].flat().at(-1) ?? "";
  return name === "after" || name === "before" ? local(value) : value;
}

/** A time as the field of a browser takes it: in the zone of the viewer, without the zone. */
function local(at: string): string {
  const time = Date.parse(at);
  return Number.isNaN(time) ? "" : new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
