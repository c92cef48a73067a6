/** One account: its groups and role, its password, its sessions, and whether it may sign in. */
import { type FormEvent, useId, useState } from "react";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { ErrorState } from "../../components/ErrorState";
import { Field, Input } from "../../components/Field";
import { OverlayBody, Sheet } from "../../components/Overlay";
import { useToast } from "../../components/Toast";
import { type User, useChangeUser, useSetPassword, useSwitchUser } from "../../queries/people";
import { fromGroups, toGroups } from "./groups";
import { Sessions } from "./Sessions";

export function UserSheet({ user, onClose }: { user: User; onClose: () => void }) {
  return (
    <Sheet open onClose={onClose} title={user.name || user.email} about={user.email}>
      <OverlayBody>
        <Account user={user} />
        {user.auth_methods.includes("internal") && <Password user={user} />}
        <Sessions user={user} />
        <Access user={user} />
      </OverlayBody>
    </Sheet>
  );
}

function Account({ user }: { user: User }) {
  const [name, setName] = useState(user.name);
  const [groups, setGroups] = useState(fromGroups(user.groups));
  const [isAdmin, setIsAdmin] = useState(user.is_admin);
  const change = useChangeUser(user.user_id);
  const toast = useToast();
  const id = useId();
  const send = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ name, groups: toGroups(groups), is_admin: isAdmin }, { onSuccess: () => toast("The account was changed.") });
  };
  return (
    <form onSubmit={send} className="max-w-[60ch]">
      <Field id={`${id}n`} label="Name"><Input id={`${id}n`} value={name} onChange={(event) => setName(event.target.value)} /></Field>
      <Field id={`${id}g`} label="Groups" hint="With commas between. A provider that sends groups replaces them at the next sign-in.">
        <Input id={`${id}g`} value={groups} onChange={(event) => setGroups(event.target.value)} />
      </Field>
      <label className="mb-4 flex items-center gap-2"><input type="checkbox" className="size-4 accent-(--accent)" checked={isAdmin} onChange={(event) => setIsAdmin(event.target.checked)} />Administrator: may do everything</label>
      {change.error && <ErrorState error={change.error} what="The account was not changed" />}
      <Button type="submit" look="primary" disabled={change.isPending}>Save the account</Button>
    </form>
  );
}

function Password({ user }: { user: User }) {
  const [password, setPassword] = useState("");
  const set = useSetPassword(user.user_id);
  const toast = useToast();
  const id = useId();
  const send = (event: FormEvent) => {
    event.preventDefault();
    set.mutate(password, { onSuccess: () => { setPassword(""); toast("The password was set."); } });
  };
  return (
    <form onSubmit={send} className="mt-6 max-w-[60ch]">
      <Field id={id} label="New password" error={set.error?.message}>
        <Input id={id} type="password" autoComplete="new-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
      </Field>
      <Button type="submit" disabled={set.isPending}>Set the password</Button>
    </form>
  );
}

function Access({ user }: { user: User }) {
  const [asks, setAsks] = useState(false);
  const change = useSwitchUser(user.user_id);
  const act = user.disabled ? "Enable the account" : "Disable the account";
  const effect = user.disabled ? `${user.email} may sign in again.` : `${user.email} is signed out everywhere, and neither signs in nor uses the keys of this account.`;
  return (
    <section className="mt-6 border-t border-line pt-4">
      <Button look={user.disabled ? "plain" : "danger"} onClick={() => setAsks(true)}>{act}…</Button>
      <Confirm open={asks} onClose={() => setAsks(false)} act={act} effect={effect} takesReason={false} danger={!user.disabled}
        isPending={change.isPending} error={change.error} onSend={() => change.mutate(user.disabled, { onSuccess: () => setAsks(false) })} />
    </section>
  );
}
