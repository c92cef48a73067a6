/** Draining the server before it is stopped or replaced: for administrators. */
import { useId, useState } from "react";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { Field, Input } from "../../components/Field";
import { Time } from "../../components/Time";
import { type Draining, useDrain } from "../../queries/queue";

export function Drain({ state }: { state: Draining }) {
  const [asks, setAsks] = useState(false);
  const [timeout, setTimeout] = useState("");
  const drain = useDrain();
  const id = useId();
  if (state.draining) return <span role="status" className="font-medium text-waits">Draining, with {state.running_steps} running {state.running_steps === 1 ? "step" : "steps"}: it stops <Time at={state.until} none="when they end" /></span>;
  return (
    <>
      <Button onClick={() => setAsks(true)}>Drain the server…</Button>
      <Confirm open={asks} onClose={() => setAsks(false)} act="Drain the server" danger takesReason={false} nameToType="drain"
        isPending={drain.isPending} error={drain.error}
        effect={
          <>
            <p className="mb-4">Nothing new starts, the steps that run now ({state.running_steps}) may end, and then the server stops. {state.open_jobs === 1 ? "1 open job goes" : `${state.open_jobs} open jobs go`} on when the next server starts.</p>
            <Field id={id} label="How long the steps may take" hint="Such as 5m; empty: drain_timeout of the configuration.">
              <Input id={id} value={timeout} onChange={(event) => setTimeout(event.target.value.trim())} />
            </Field>
          </>
        }
        onSend={() => drain.mutate(timeout, { onSuccess: () => setAsks(false) })} />
    </>
  );
}
