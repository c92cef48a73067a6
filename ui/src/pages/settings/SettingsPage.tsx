/** What the server runs with: versions, checks, the store, and the configuration with where each value stands. */
import { type ReactNode, useState } from "react";
import { Input } from "../../components/Field";
import { Loaded } from "../../components/Loaded";
import { PageHead } from "../../components/PageHead";
import { Rows, Tag } from "../../components/Rows";
import { Time } from "../../components/Time";
import { classes } from "../../lib/classes";
import { bytes } from "../../lib/bytes";
import { type ServerSettings, type Setting, useSettings } from "../../queries/audit";

export function SettingsPage() {
  const settings = useSettings();
  return (
    <div className="min-h-0 flex-1 overflow-y-auto pb-8">
      <PageHead title="Settings" />
      <Loaded query={settings} what="The settings could not be read">
        {(found) => <><About server={found} /><Configuration server={found} /></>}
      </Loaded>
    </div>
  );
}

function About({ server }: { server: ServerSettings }) {
  const parts = Object.entries(server.store.parts).toSorted((a, b) => b[1] - a[1]).filter(([, size]) => size > 0).slice(0, 5);
  return (
    <dl className="grid gap-x-6 gap-y-3 px-4 sm:grid-cols-2 rail:grid-cols-4">
      <Fact name="Version">gitflow {server.version} <span className="text-muted">on Python {server.python_version}</span></Fact>
      <Fact name="Started"><Time at={server.started_at} /></Fact>
      <Fact name="Store">{server.store.kind} <span className="text-muted">schema {server.store.schema}</span></Fact>
      <Fact name="Size">{!server.store.complete && "at least "}{bytes(server.store.bytes)} <span className="block text-12 break-words text-muted">{parts.map(([name, size]) => `${name} ${bytes(size)}`).join(" · ")}</span></Fact>
      <Fact name="Checks"><span className="flex flex-wrap gap-x-3">{Object.entries(server.checks).map(([name, state]) => (
        <span key={name} className="whitespace-nowrap"><span aria-hidden className={state === "ok" ? "text-good" : "text-bad"}>{state === "ok" ? "●" : "✕"}</span> {name.replaceAll("_", " ")}<span className={state === "ok" ? "sr-only" : "font-medium text-bad"}> {state}</span></span>
      ))}</span></Fact>
      <Fact name="Faces">{server.faces.map((face) => <Tag key={face}>{face}</Tag>)}</Fact>
      <Fact name="Configuration file">
        {server.config_file ? <span className="font-mono text-12 break-all">{server.config_file}</span> : "None: all values are defaults, or come from the environment."}
        {server.config_changed && <span className="block font-medium text-waits">It was written since the start: restart the server to apply it. Lines may be wrong.</span>}
      </Fact>
    </dl>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="min-w-0"><dt className="text-12 text-muted">{name}</dt><dd>{children}</dd></div>
);

function Configuration({ server }: { server: ServerSettings }) {
  const [part, setPart] = useState("");
  const shown = server.settings.filter((each) => each.name.includes(part));
  return (
    <section className="mt-6">
      <div className="mb-2 flex flex-wrap items-center gap-3 px-4"><h2 className="text-14">Configuration</h2>
        <Input type="search" data-filter aria-label="Filter settings" placeholder="Filter" value={part} className="!w-56" onChange={(event) => setPart(event.target.value)} />
      </div>
      <Rows label="Configuration" heads={["Setting", "Value", "From"]}>
        {shown.map((each) => (
          <tr key={each.name}>
            <td className={classes("wrap-anywhere", each.origin === "default" ? "text-muted" : "font-medium")}>{each.name}</td>
            <td className="font-mono text-12 break-all">{each.value === null ? <span className="text-muted">not set</span> : shownValue(each.value)}</td>
            <td className="text-12 wrap-anywhere text-muted">{origin(each)}</td>
          </tr>
        ))}
      </Rows>
      {shown.length === 0 && <p className="px-4 py-4 text-muted">No setting has this in its name.</p>}
    </section>
  );
}

/** An empty text or list is told from what is not set. */
function shownValue(value: unknown) {
  const isEmpty = value === "" || (Array.isArray(value) && value.length === 0);
  if (isEmpty) return <span className="text-muted">empty</span>;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function origin({ origin: from, file, line, variable }: Setting): string {
  if (from === "file") return `${file}:${line}`;
  return from === "environment" ? `$${variable}` : "default";
}
