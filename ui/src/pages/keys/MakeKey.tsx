/** A new key: what it may do, then the key itself, which is shown this once. */
import { type FormEvent, useId, useState } from "react";
import { Button } from "../../components/Button";
import { CopyText } from "../../components/Copy";
import { ErrorState } from "../../components/ErrorState";
import { Field, Input } from "../../components/Field";
import { Dialog, OverlayBody, OverlayFooter } from "../../components/Overlay";
import { Select } from "../../components/Select";
import { type NewKey, useMakeKey } from "../../queries/people";
import { useWorkspaces } from "../../queries/tasks";

type Scope = NonNullable<NewKey["scopes"]>[number];

const SCOPES: readonly { scope: Scope; does: string }[] = [
  { scope: "workflows:read", does: "sees tasks, jobs and logs" },
  { scope: "workflows:trigger", does: "runs tasks" },
  { scope: "workflows:write", does: "changes jobs and workspaces" },
  { scope: "admin", does: "does everything that its owner may" },
];
const DAYS = [{ value: "30", label: "30 days" }, { value: "90", label: "90 days" }, { value: "365", label: "a year" }, { value: "never", label: "never" }];
const ALL = "all workspaces";
const DAY_MS = 86_400_000;

export function MakeKey({ onClose }: { onClose: () => void }) {
  const make = useMakeKey();
  return (
    <Dialog open onClose={onClose} title={make.data ? "The key is made" : "Make a key"}>
      {make.data ? <Made shown={make.data.key} onClose={onClose} /> : <Form onSend={(body) => make.mutate(body)} isPending={make.isPending} error={make.error} onClose={onClose} />}
    </Dialog>
  );
}

function Made({ shown, onClose }: { shown: string; onClose: () => void }) {
  return (
    <>
      <OverlayBody>
        <p className="mb-2">Copy it now: it is shown this once, and the server keeps only what recognises it.</p>
        <code className="block rounded-md border border-line bg-panel px-2 py-1.5 text-12 break-all select-all">{shown}</code>
        <p className="mt-2"><CopyText text={shown} shown="Copy" what="key" /></p>
      </OverlayBody>
      <OverlayFooter><Button look="primary" onClick={onClose}>I have copied it</Button></OverlayFooter>
    </>
  );
}

type FormProps = { onSend: (body: NewKey) => void; isPending: boolean; error: Error | null; onClose: () => void };

function Form({ onSend, isPending, error, onClose }: FormProps) {
  const { data: workspaces = [] } = useWorkspaces();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["workflows:read"]);
  const [days, setDays] = useState("90");
  const [workspace, setWorkspace] = useState(ALL);
  const id = useId();
  const toggle = (scope: Scope) => setScopes(scopes.includes(scope) ? scopes.filter((each) => each !== scope) : [...scopes, scope]);
  const send = (event: FormEvent) => {
    event.preventDefault();
    const expires = days === "never" ? {} : { expires_at: new Date(Date.now() + Number(days) * DAY_MS).toISOString() };
    onSend({ name, scopes: [...scopes], ...expires, ...(workspace !== ALL && { workspace }) });
  };
  return (
    <form className="contents" onSubmit={send}>
      <OverlayBody>
        <Field id={id} label="Name" hint="What uses it, such as ci-deploy."><Input id={id} required autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} /></Field>
        <fieldset className="mb-4">
          <legend className="mb-1 font-medium">Scopes</legend>
          {SCOPES.map(({ scope, does }) => (
            <label key={scope} className="flex min-h-(--target) items-center gap-2">
              <input type="checkbox" className="size-4 accent-(--accent)" checked={scopes.includes(scope)} onChange={() => toggle(scope)} /><code className="text-12">{scope}</code> <span className="text-muted">{does}</span>
            </label>
          ))}
        </fieldset>
        <Field id={`${id}w`} label="Workspace"><Select id={`${id}w`} label="Workspace" value={workspace} options={[ALL, ...workspaces.map((each) => each.name)].map((value) => ({ value, label: value }))} onChange={setWorkspace} /></Field>
        <Field id={`${id}d`} label="Expires after"><Select id={`${id}d`} label="Expires after" value={days} options={DAYS} onChange={setDays} /></Field>
        {error && <ErrorState error={error} what="The key was not made" />}
      </OverlayBody>
      <OverlayFooter>
        <Button onClick={onClose}>Close form</Button>
        <Button type="submit" look="primary" disabled={isPending || scopes.length === 0}>Make a key</Button>
      </OverlayFooter>
    </form>
  );
}
