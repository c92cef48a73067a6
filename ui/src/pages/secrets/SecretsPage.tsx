/** The secrets and connections of a workspace: which there are, whether the server can read them, and who reads them. */
import { Link, useSearch } from "@tanstack/react-router";
import { Loaded } from "../../components/Loaded";
import { PageHead } from "../../components/PageHead";
import { Rows, Tag } from "../../components/Rows";
import { EmptyState, NoWorkspace } from "../../components/States";
import { Time } from "../../components/Time";
import { type Connection, type Secret, useConnections, useSecrets } from "../../queries/secrets";
import { useIsAdmin } from "../../queries/session";
import { useWorkspaces } from "../../queries/tasks";

export function SecretsPage() {
  const { workspace } = useSearch({ from: "__root__" });
  const workspaces = useWorkspaces();
  const isAdmin = useIsAdmin();
  return (
    <div className="min-h-0 flex-1 overflow-y-auto pb-8">
      <PageHead title="Secrets & connections" about="Names and readers; the values stay in the server." />
      <Loaded query={workspaces} what="The workspaces could not be read">
        {(found) => {
          const shown = found.filter((each) => workspace === undefined || each.name === workspace);
          if (found.length === 0) return <NoWorkspace mayConfigure={isAdmin} />;
          return shown.length === 0 ? <EmptyState title="There is no such workspace." /> : shown.map(({ name }) => <OfWorkspace key={name} workspace={name} />);
        }}
      </Loaded>
    </div>
  );
}

function OfWorkspace({ workspace }: { workspace: string }) {
  const secrets = useSecrets(workspace);
  const connections = useConnections(workspace);
  const isEmpty = secrets.data?.length === 0 && connections.data?.length === 0;
  return (
    <section className="mt-3">
      <h2 className="px-4 text-16">{workspace}</h2>
      {isEmpty ? <p className="px-4 pt-1 text-muted">It has none. They stand under <code>secrets</code> and <code>connections</code> in a file below .workflows.</p> : <>
      <h3 className="px-4 pt-2 pb-1 text-14">Secrets</h3>
      <Loaded query={secrets} what="The secrets could not be read">
        {(found) => (found.length === 0 ? <p className="px-4 text-muted">It has none. They stand under <code>secrets</code> in a file below .workflows.</p> : <Secrets secrets={found} workspace={workspace} />)}
      </Loaded>
      <h3 className="px-4 pt-3 pb-1 text-14">Connections</h3>
      <Loaded query={connections} what="The connections could not be read">
        {(found) => (found.length === 0 ? <p className="px-4 text-muted">It has none. They stand under <code>connections</code>.</p> : <Connections connections={found} workspace={workspace} />)}
      </Loaded>
      </>}
    </section>
  );
}

function Secrets({ secrets, workspace }: { secrets: readonly Secret[]; workspace: string }) {
  return (
    <Rows label={`Secrets of ${workspace}`} heads={["Secret", "State", "Source", "Read by", "Last used by", "Defined at"]}>
      {secrets.map((secret) => (
        <tr key={secret.name}>
          <td className="font-medium">{secret.name}</td>
          <td>{secret.present ? <span className="whitespace-nowrap"><span aria-hidden className="text-good">●</span> present</span> : <span className="font-medium text-bad"><span aria-hidden>✕</span> missing{secret.problem && <span className="block max-w-80 font-normal break-words">{secret.problem}</span>}</span>}</td>
          <td>{secret.sources.length === 0 ? <span className="text-muted">its text</span> : secret.sources.map((source) => <Tag key={source}>{source}</Tag>)}</td>
          <td><Readers of={secret} /></td>
          <td>{secret.last_job ? <Link to="/jobs/$id" params={{ id: secret.last_job.job_id }} className="text-accent underline">{secret.last_job.task_name}, <Time at={secret.last_job.created_at} /></Link> : <span className="text-muted">no job yet</span>}</td>
          <td className="font-mono text-12 text-muted">{secret.file ? `${secret.file}:${secret.line}` : "–"}</td>
        </tr>
      ))}
    </Rows>
  );
}

function Connections({ connections, workspace }: { connections: readonly Connection[]; workspace: string }) {
  return (
    <Rows label={`Connections of ${workspace}`} heads={["Connection", "Type", "Values", "Secrets", "Read by", "Defined at"]}>
      {connections.map((each) => (
        <tr key={each.name}>
          <td className="font-medium">{each.name}</td>
          <td>{each.type}</td>
          <td className="font-mono text-12 break-all">{Object.entries(each.values).map(([name, value]) => <div key={name}>{name}: {typeof value === "string" ? value : JSON.stringify(value)}</div>)}</td>
          <td>{each.secrets.length === 0 ? <span className="text-muted">none</span> : each.secrets.map((name) => <Tag key={name}>{name}</Tag>)}</td>
          <td><Readers of={each} /></td>
          <td className="font-mono text-12 text-muted">{each.file}:{each.line}</td>
        </tr>
      ))}
    </Rows>
  );
}

function Readers({ of }: { of: { tasks: string[]; actions: string[] } }) {
  if (of.tasks.length + of.actions.length === 0) return <span className="text-muted">nobody</span>;
  return <>{of.tasks.map((name) => <Tag key={`task ${name}`}>{name}</Tag>)}{of.actions.map((name) => <span key={`action ${name}`} className="text-12 text-muted">action <Tag>{name}</Tag></span>)}</>;
}
