import { type FormEvent, useId, useState } from "react";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { Field, Input } from "../../components/Field";
import { Dialog, OverlayBody, OverlayFooter } from "../../components/Overlay";
import { useToast } from "../../components/Toast";
import { sendKeys } from "../../lib/keyboard";
import { useAddUser } from "../../queries/people";
import { toGroups } from "./groups";

/** A new account; without a password the person comes from a provider. */
export function AddUser({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [groups, setGroups] = useState("");
  const [password, setPassword] = useState("");
  const [isAdmin, setIsAdmin] = useState(false);
  const add = useAddUser();
  const toast = useToast();
  const id = useId();
  const send = () => {
    if (add.isPending || email === "") return;
    const body = { email, groups: toGroups(groups), is_admin: isAdmin, ...(name && { name }), ...(password && { password }) };
    add.mutate(body, { onSuccess: () => { toast(`${email} has an account.`); onClose(); } });
  };
  return (
    <Dialog open onClose={onClose} title="Add a person">
      <form className="contents" onKeyDown={sendKeys(send)} onSubmit={(event: FormEvent) => { event.preventDefault(); send(); }}>
        <OverlayBody>
          <Field id={`${id}e`} label="Email"><Input id={`${id}e`} type="email" required autoComplete="off" value={email} onChange={(event) => setEmail(event.target.value)} /></Field>
          <Field id={`${id}n`} label="Name"><Input id={`${id}n`} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} /></Field>
          <Field id={`${id}g`} label="Groups" hint="With commas between."><Input id={`${id}g`} value={groups} onChange={(event) => setGroups(event.target.value)} /></Field>
          <Field id={`${id}p`} label="Password" hint="Empty: the person signs in at a provider."><Input id={`${id}p`} type="password" autoComplete="new-password" value={password} onChange={(event) => setPassword(event.target.value)} /></Field>
          <label className="mb-4 flex items-center gap-2"><input type="checkbox" className="size-4 accent-(--accent)" checked={isAdmin} onChange={(event) => setIsAdmin(event.target.checked)} />Administrator: may do everything</label>
          {add.error && <ErrorState error={add.error} what="The account was not made" />}
        </OverlayBody>
        <OverlayFooter>
          <Button onClick={onClose}>Close form</Button>
          <Button type="submit" look="primary" keys="⌘↵" disabled={add.isPending}>Add a person</Button>
        </OverlayFooter>
      </form>
    </Dialog>
  );
}
