/** What a job has besides its input: labels and a priority. */
import { Field, Input } from "../../components/Field";
import { readLabels } from "../../lib/runLink";
import type { Execute } from "../../queries/tasks";

/** As they are typed. */
export type Extra = { labels: string; priority: string };

type Read = { sent: Pick<Execute, "labels" | "priority">; errors: Partial<Record<keyof Extra, string>> };

export function readExtra({ labels, priority }: Extra): Read {
  const read = readLabels(labels);
  const isWhole = /^-?\d*$/.test(priority);
  return {
    sent: { ...(read && Object.keys(read).length > 0 && { labels: read }), ...(isWhole && priority !== "" && priority !== "-" && { priority: Number(priority) }) },
    errors: { ...(read === null && { labels: "Write each as name=value, with commas between them." }), ...(!isWhole && { priority: "This is not a whole number." }) },
  };
}

type Props = { extra: Extra; errors: Read["errors"]; onChange: (extra: Extra) => void };

export function ExtraFields({ extra, errors, onChange }: Props) {
  return (
    <div className="grid gap-x-4 sm:grid-cols-[minmax(0,1fr)_120px]">
      <Field id="run-labels" label="Labels" error={errors.labels}>
        <Input id="run-labels" value={extra.labels} placeholder="team=blue, reason=test" spellCheck={false} aria-invalid={Boolean(errors.labels)} onChange={(event) => onChange({ ...extra, labels: event.target.value })} />
      </Field>
      <Field id="run-priority" label="Priority" error={errors.priority}>
        <Input id="run-priority" value={extra.priority} placeholder="of the task" inputMode="numeric" aria-invalid={Boolean(errors.priority)} onChange={(event) => onChange({ ...extra, priority: event.target.value.trim() })} />
      </Field>
    </div>
  );
}
