/** Confirms a sign-in on a command line. The code is typed, never taken from the address: a link must not be enough. */
import { Link } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { Field, Input } from "../../components/Field";
import { PageHead } from "../../components/PageHead";
import { EmptyState } from "../../components/States";
import { Time } from "../../components/Time";
import { type DeviceSignIn, useDecideDevice, useDevice } from "../../queries/device";
import { useSession } from "../../queries/session";

export function DevicePage() {
  const session = useSession();
  const device = useDevice();
  const decide = useDecideDevice();
  return (
    <div className="min-h-0 flex-1 overflow-y-auto pb-8">
      <PageHead title="Sign in on a command line" />
      <div className="max-w-xl px-4">
        {session.data?.kind === "open" && <EmptyState title="This server is open: nobody signs in here." />}
        {session.data?.kind === "signed-out" && <EmptyState title="Sign in first, then type the code."><Link to="/sign-in" search={{ next: "/device" }} className="text-accent underline">Sign in</Link></EmptyState>}
        {session.data?.kind === "user" && (decide.isSuccess
          ? <p role="status">{decide.variables.approved ? "The command line is signed in. You can close this page." : "It was refused, and gets no access."}</p>
          : device.data
            ? <Question asked={device.data} who={session.data.me.email ?? session.data.me.name} isPending={decide.isPending} error={decide.error} onDecide={(approved) => decide.mutate({ user_code: device.data.user_code, approved })} />
            : <CodeForm isPending={device.isPending} error={device.error} onSend={device.mutate} />)}
      </div>
    </div>
  );
}

function CodeForm({ onSend, isPending, error }: { onSend: (code: string) => void; isPending: boolean; error: Error | null }) {
  const [code, setCode] = useState("");
  const id = useId();
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSend(code);
  };
  return (
    <form onSubmit={send}>
      <Field id={id} label="Code" hint="It stands in the terminal where you typed gitflow login." error={error?.message}>
        <Input id={id} required autoFocus autoComplete="off" spellCheck={false} maxLength={20} placeholder="XXXX-XXXX" className="font-mono uppercase" value={code} onChange={(event) => setCode(event.target.value)} />
      </Field>
      <Button type="submit" look="primary" disabled={isPending}>Continue</Button>
    </form>
  );
}

type QuestionProps = { asked: DeviceSignIn; who: string; isPending: boolean; error: Error | null; onDecide: (approved: boolean) => void };

function Question({ asked, who, isPending, error, onDecide }: QuestionProps) {
  return (
    <section aria-label="Who asks">
      <p className="mb-3">A command line asks to act as <strong className="wrap-anywhere">{who}</strong>, with all that you may do here. Confirm only what you have just begun yourself.</p>
      <dl className="mb-4 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <dt className="text-muted">Code</dt><dd className="font-mono">{asked.user_code}</dd>
        <dt className="text-muted">It calls itself</dt><dd className="wrap-anywhere">{asked.client}</dd>
        <dt className="text-muted">Address</dt><dd className="font-mono break-all">{asked.address}</dd>
        <dt className="text-muted">Begun</dt><dd><Time at={asked.began_at} /></dd>
      </dl>
      {error && <ErrorState error={error} what="It was not decided" />}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" disabled={isPending} onClick={() => onDecide(true)}>Sign it in</Button>
        <Button disabled={isPending} onClick={() => onDecide(false)}>Refuse</Button>
      </div>
    </section>
  );
}
