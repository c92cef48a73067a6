/** The accounts, and the tester of permissions. */
import { useState } from "react";
import { Button } from "../../components/Button";
import { Loaded } from "../../components/Loaded";
import { PageHead } from "../../components/PageHead";
import { Rows, Tag } from "../../components/Rows";
import { EmptyState } from "../../components/States";
import { Time } from "../../components/Time";
import { type User, useUsers } from "../../queries/people";
import { useIsAdmin } from "../../queries/session";
import { AddUser } from "./AddUser";
import { MayTester } from "./MayTester";
import { UserSheet } from "./UserSheet";

export function PeoplePage() {
  const users = useUsers();
  const isAdmin = useIsAdmin();
  const [adds, setAdds] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  const user = users.data?.find((each) => each.user_id === shown);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto pb-8">
      <PageHead title="People">{isAdmin && <Button look="primary" onClick={() => setAdds(true)}>Add a person</Button>}</PageHead>
      <Loaded query={users} what="The accounts could not be read">
        {(found) => (found.length === 0
          ? <EmptyState title="Nobody has an account: the server is open, or people come from a provider." command="gitflow user add ada@example.com" />
          : <Table users={found} onShow={setShown} />)}
      </Loaded>
      <MayTester />
      {adds && <AddUser onClose={() => setAdds(false)} />}
      {user && <UserSheet user={user} onClose={() => setShown(null)} />}
    </div>
  );
}

function Table({ users, onShow }: { users: readonly User[]; onShow: (id: string) => void }) {
  return (
    <Rows label="Accounts" heads={["Person", "Groups", "Role", "Signs in with", "Last seen", "Acts"]}>
      {users.map((user) => (
        <tr key={user.user_id} className={user.disabled ? "text-muted" : ""}>
          <td><span className="font-medium">{user.name || user.email}</span>{user.name && user.name !== user.email && <span className="text-muted"> {user.email}</span>}</td>
          <td>{user.groups.length === 0 ? <span className="text-muted">none</span> : user.groups.map((group) => <Tag key={group}>{group}</Tag>)}</td>
          <td>{user.disabled ? "disabled" : user.is_admin ? "administrator" : "member"}</td>
          <td>{user.auth_methods.map((method) => (method === "internal" ? "a password" : method)).join(", ") || "nothing yet"}</td>
          <td><Time at={user.last_login_at} none="never" /></td>
          <td><Button onClick={() => onShow(user.user_id)}>Edit<span className="sr-only"> {user.email}</span></Button></td>
        </tr>
      ))}
    </Rows>
  );
}
