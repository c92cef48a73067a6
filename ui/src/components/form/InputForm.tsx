/** One control for each field of a task's input. */
import { PlainText } from "../PlainText";
import { describedBy, Field, Input, TextArea } from "../Field";
import { Select } from "../Select";
import type { InputField } from "./inputField";
import { asText, type FieldKind, inOrder, kindOf, type Values } from "./fields";

type Props = {
  fields: Record<string, InputField>;
  values: Values;
  errors: Record<string, string>;
  onChange: (name: string, value: string | boolean) => void;
  /** Where a page has several forms: what the ids of this one begin with. */
  prefix?: string;
};

export function InputForm({ fields, values, errors, onChange, prefix = "input" }: Props) {
  if (Object.keys(fields).length === 0) return <p className="mb-4 text-muted">This task takes no input.</p>;
  return inOrder(fields).map(([name, field]) => (
    <Field key={name} id={`${prefix}-${name}`} label={<Label name={name} field={field} />} hint={field.description && <PlainText text={field.description} />} error={errors[name]}>
      <Control id={`${prefix}-${name}`} name={name} field={field} value={values[name]} isInvalid={name in errors} onChange={(value) => onChange(name, value)} />
    </Field>
  ));
}

const Label = ({ name, field }: { name: string; field: InputField }) => (
  <>{name} <span className="text-12 font-normal text-muted">{field.type}{field.required && ", required"}</span></>
);

type ControlProps = { id: string; name: string; field: InputField; value: string | boolean | undefined; isInvalid: boolean; onChange: (value: string | boolean) => void };

const TYPES: Partial<Record<FieldKind, string>> = { secret: "password", date: "date", number: "text" };

function Control({ id, name, field, value, isInvalid, onChange }: ControlProps) {
  const kind = kindOf(field);
  const given = field.default === undefined ? "" : `default: ${asText(field.default)}`;
  if (kind === "switch" || kind === "choice") return <Choice id={id} name={name} field={field} value={value} onChange={onChange} />;
  const common = {
    id,
    "aria-describedby": describedBy(id),
    "aria-invalid": isInvalid,
    "aria-required": field.required,
    placeholder: field.secret ? "" : given,
    value: typeof value === "string" ? value : "",
    spellCheck: false,
  };
  if (kind === "lines" || kind === "json") return <TextArea {...common} onChange={(event) => onChange(event.target.value)} />;
  return (
    <>
      <Input {...common} type={TYPES[kind] ?? "text"} inputMode={kind === "number" ? "decimal" : undefined} autoComplete={field.secret ? "new-password" : "off"}
        list={field.options && `${id}-options`} onChange={(event) => onChange(event.target.value)} />
      {field.options && <datalist id={`${id}-options`}>{field.options.map((option) => <option key={asText(option)} value={asText(option)} />)}</datalist>}
    </>
  );
}

/** A word that no option has, for "leave it to the default". */
const UNSET = "\u0000default";

function Choice({ id, name, field, value, onChange }: Omit<ControlProps, "isInvalid">) {
  const values = kindOf(field) === "switch" ? ["true", "false"] : (field.options ?? []).map(asText);
  const unset = field.default === undefined ? "Not set" : `${asText(field.default)} (default)`;
  const options = [{ value: UNSET, label: unset }, ...values.map((each) => ({ value: each, label: each }))];
  const chosen = value === undefined || value === "" ? UNSET : String(value);
  return <Select id={id} label={name} value={chosen} options={options} onChange={(next) => onChange(next === UNSET ? "" : next)} />;
}
