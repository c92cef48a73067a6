/** Fields of forms: a label, a hint, and what is wrong. */
import type { InputHTMLAttributes, ReactNode, TextareaHTMLAttributes } from "react";
import { classes } from "../lib/classes";

type Props = { id: string; label: ReactNode; hint?: ReactNode; error?: string | undefined; children: ReactNode };

/** The input has this id, and `describedBy(id)` as its aria-describedby. */
export function Field({ id, label, hint, error, children }: Props) {
  return (
    <div className="mb-4">
      <label htmlFor={id} className="mb-1 block font-medium wrap-anywhere">{label}</label>
      {children}
      {hint && <p id={`${id}-hint`} className="mt-1 text-12 wrap-anywhere text-muted">{hint}</p>}
      {error && <p id={`${id}-error`} role="alert" className="mt-1 text-12 font-medium break-words text-bad">{error}</p>}
    </div>
  );
}

export const describedBy = (id: string) => `${id}-hint ${id}-error`;

export const INPUT =
  "w-full rounded-md border border-line bg-surface px-2 text-13 text-ink placeholder:text-muted min-h-(--target) aria-invalid:border-bad disabled:opacity-60";

export const Input = ({ className, ...rest }: InputHTMLAttributes<HTMLInputElement>) => (
  <input className={classes(INPUT, className)} {...rest} />
);

export const TextArea = ({ className, ...rest }: TextareaHTMLAttributes<HTMLTextAreaElement>) => (
  <textarea rows={4} className={classes(INPUT, "py-1 font-mono text-12", className)} {...rest} />
);
