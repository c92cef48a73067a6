/** Starts jobs for past times of a schedule: the times are shown first. */
import { useId, useState } from "react";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { Field, Input } from "../../components/Field";
import { Dialog, OverlayBody, OverlayFooter } from "../../components/Overlay";
import { useToast } from "../../components/Toast";
import { counted } from "../../lib/counted";
import { useBackfill } from "../../queries/triggers";

export function BackfillDialog({ workspace, name, onClose }: { workspace: string; name: string; onClose: () => void }) {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const ids = { from: useId(), to: useId() };
  const dry = useBackfill(workspace, name);
  const real = useBackfill(workspace, name);
  const toast = useToast();
  const range = { from: from.trim(), to: to.trim() };
  const change = (set: (value: string) => void) => (event: { target: { value: string } }) => { set(event.target.value); dry.reset(); };
  const start = () => real.mutate(range, { onSuccess: (made) => { toast(`${counted(made.job_ids.length, "job")} will run.`); onClose(); } });
  const times = dry.data?.times;
  const error = dry.error ?? real.error;
  return (
    <Dialog open onClose={onClose} title="Backfill schedule">
      <form className="contents" onSubmit={(event) => { event.preventDefault(); dry.mutate({ ...range, dry_run: true }); }}>
        <OverlayBody>
          <Field id={ids.from} label="From" hint="A date or a time, such as 2026-11-01; included.">
            <Input id={ids.from} value={from} required onChange={change(setFrom)} />
          </Field>
          <Field id={ids.to} label="To" hint="Not included, and in the past. Without an offset it is in the zone of the schedule.">
            <Input id={ids.to} value={to} required onChange={change(setTo)} />
          </Field>
          {error && <ErrorState error={error} what="The backfill was refused" />}
          {times && <div role="status"><p className="font-medium">{times.length === 0 ? "The schedule has no time in this range." : `${counted(times.length, "job")} would run${dry.data?.more ? ", and there are more times" : ""}, one at a time:`}</p><ol className="max-h-40 overflow-y-auto font-mono text-12" tabIndex={0} aria-label="The times">{times.map((time) => <li key={time}>{time}</li>)}</ol></div>}
        </OverlayBody>
        <OverlayFooter>
          <Button onClick={onClose}>Close form</Button>
          <Button type="submit" look={times?.length ? "plain" : "primary"} disabled={dry.isPending}>Show times</Button>
          {times !== undefined && times.length > 0 && <Button look="primary" disabled={real.isPending} onClick={start}>Start {counted(times.length, "job")}</Button>}
        </OverlayFooter>
      </form>
    </Dialog>
  );
}
