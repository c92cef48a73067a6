/** API keys: which there are, a new one, and revoking. */
import { useState } from "react";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { Loaded } from "../../components/Loaded";
import { PageHead } from "../../components/PageHead";
import { Rows, Tag } from "../../components/Rows";
import { EmptyState } from "../../components/States";
import { Time } from "../../components/Time";
import { useToast } from "../../components/Toast";
import { useNow } from "../../lib/clock";
import { type Key, useApiKeys, useRevokeKey } from "../../queries/people";
import { useSession } from "../../queries/session";
import { MakeKey } from "./MakeKey";
import { stateOf } from "./state";

export function KeysPage() {
  const { data: session } = useSession();
  const found = useApiKeys();
  const [makes, setMakes] = useState(false);
  const [asked, setAsked] = useState<Key | null>(null);
  if (session?.kind === "open") return <><PageHead title="Keys" /><EmptyState title="This server is open: programs need no key. With accounts, keys are made here." command="auth: {providers: {internal: {provider_type: internal}}}" /></>;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto pb-8">
      <PageHead title="Keys" about="For programs: a key stands in the header Authorization: Bearer."><Button look="primary" onClick={() => setMakes(true)}>Make a key</Button></PageHead>
      <Loaded query={found} what="The keys could not be read">
        {(all) => (all.length === 0 ? <EmptyState title="There is no key yet." /> : <Table keys={all} onRevoke={setAsked} />)}
      </Loaded>
      {makes && <MakeKey onClose={() => setMakes(false)} />}
      {asked && <Revoke of={asked} onClose={() => setAsked(null)} />}
    </div>
  );
}

function Table({ keys, onRevoke }: { keys: readonly Key[]; onRevoke: (key: Key) => void }) {
  const now = useNow();
  return (
    <Rows label="API keys" heads={["Key", "State", "Scopes", "Workspace", "Made by", "Last used", "Expires", "Acts"]}>
      {keys.map((key) => {
        const state = stateOf(key, now);
        return (
          <tr key={key.key_id} className={state === "in use" ? "" : "text-muted"}>
            <td><span className="font-medium">{key.name}</span> <code className="text-12 text-muted">{key.hint}</code></td>
            <td>{state}</td>
            <td>{key.scopes.map((scope) => <Tag key={scope}>{scope}</Tag>)}</td>
            <td>{key.workspace ?? "all"}</td>
            <td className="break-all">{key.created_by ?? "–"}</td>
            <td><Time at={key.last_used_at} none="never" /></td>
            <td><Time at={key.expires_at} none="never" /></td>
            <td>{state === "in use" && <Button onClick={() => onRevoke(key)}>Revoke<span className="sr-only"> {key.name}</span>…</Button>}</td>
          </tr>
        );
      })}
    </Rows>
  );
}

function Revoke({ of, onClose }: { of: Key; onClose: () => void }) {
  const revoke = useRevokeKey();
  const toast = useToast();
  return (
    <Confirm open onClose={onClose} act="Revoke the key" danger takesReason={false} nameToType={of.name} isPending={revoke.isPending} error={revoke.error}
      effect={`Programs that use ${of.name} are refused from now on, and so are the keys that were made with it. This cannot be undone.`}
      onSend={() => revoke.mutate(of.key_id, { onSuccess: () => { toast(`${of.name} was revoked.`); onClose(); } })} />
  );
}
