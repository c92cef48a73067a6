/** What would run, asked anew as the form changes; and the same as commands. */
import { useMemo, useRef, useState } from "react";
import { ErrorState } from "../../components/ErrorState";
import { LazyGraph } from "../../components/graph/LazyGraph";
import { StatusGlyph } from "../../components/Status";
import { classes } from "../../lib/classes";
import { shortRevision } from "../../lib/ids";
import { type Execute, type Plan, useDryRun } from "../../queries/tasks";
import { ApiError } from "../../api/problem";
import { planned, statusOf } from "./planned";

type Props = { workspace: string; task: string; body: Execute | null; missing: readonly string[]; secrets: ReadonlySet<string> };

export function DryRun({ workspace, task, body, missing, secrets }: Props) {
  const { data, error } = useDryRun(workspace, task, body);
  const [chosen, setChosen] = useState<string>(); // stays while the dry run is asked anew
  const isOfFields = error instanceof ApiError && error.details.length > 0;
  return (
    <aside aria-label="Dry run" className="min-w-0">
      <h3 className="mb-2">What will run</h3>
      {error && !isOfFields && <ErrorState error={error} what="The dry run was refused" />}
      {isOfFields && <p className="mb-2 text-muted">The fields that are wrong are marked.</p>}
      {missing.length > 0 && <p className="mb-2 text-muted">Fill in {missing.join(", ")} to see it.</p>}
      {data && !error && missing.length === 0 && <Steps plan={data} chosen={chosen} onChoose={setChosen} />}
      <h3 className="mt-6 mb-2">The same as a command</h3>
      <Command text={asCommand(workspace, task, body, secrets)} />
      <Command text={asCurl(workspace, task, body, secrets)} />
    </aside>
  );
}

function Steps({ plan, chosen, onChoose }: { plan: Plan; chosen: string | undefined; onChoose: (step: string) => void }) {
  const { nodes, edges, noteOf } = useMemo(() => planned(plan), [plan]);
  const list = useRef<HTMLOListElement>(null);
  const choose = (step: string) => {
    onChoose(step);
    const at = plan.steps.findIndex((each) => each.step_name === step);
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  };
  return (
    <>
      <p className="mb-2 text-muted">{plan.steps.length} {plan.steps.length === 1 ? "step" : "steps"} at the revision <span className="font-mono text-12">{shortRevision(plan.revision)}</span></p>
      {nodes.length > 1 && <div className="mb-2 flex h-56 flex-col overflow-hidden rounded-md border border-line"><LazyGraph nodes={nodes} edges={edges} chosen={chosen} onChoose={choose} noteOf={noteOf} /></div>}
      <ol ref={list} className="max-h-[40vh] overflow-y-auto rounded-md border border-line" tabIndex={0} aria-label="Steps">
        {plan.steps.map((step) => (
          <li key={step.step_name} className={classes("flex min-h-8 items-center gap-2 border-b border-line px-3 py-1 last:border-0", step.step_name === chosen && "bg-selected")}>
            <StatusGlyph status={statusOf(step.decision)} label={false} /><span className="min-w-0 flex-1 wrap-anywhere">{step.step_name}</span>
            <span className="max-w-1/2 text-right text-12 text-muted wrap-anywhere">{step.decision || (step.depends_on.length > 0 ? `after ${step.depends_on.join(", ")}` : "at once")}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

const Command = ({ text }: { text: string }) => (
  <pre tabIndex={0} className="mb-2 overflow-x-auto rounded-md border border-line bg-panel p-2 text-12">{text}</pre>
);

/** A word for a shell. */
const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function withoutSecrets(body: Execute | null, secrets: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body?.input ?? {}).map(([name, value]) => [name, secrets.has(name) ? "…" : value]));
}

function asCommand(workspace: string, task: string, body: Execute | null, secrets: ReadonlySet<string>): string {
  const inputs = Object.entries(withoutSecrets(body, secrets)).map(([name, value]) => `-i ${quoted(`${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)}`);
  const revision = body?.revision ? [`--rev ${quoted(body.revision)}`] : [];
  const extra = [
    ...Object.entries(body?.labels ?? {}).map((pair) => `--label ${quoted(pair.join("="))}`),
    ...(body?.priority === undefined ? [] : [`--priority ${body.priority}`]),
  ];
  return ["gitflow trigger", quoted(task), `-w ${quoted(workspace)}`, ...inputs, ...revision, ...extra, `--server ${location.origin}`].join(" ");
}

function asCurl(workspace: string, task: string, body: Execute | null, secrets: ReadonlySet<string>): string {
  const address = `${location.origin}/api/workspaces/${encodeURIComponent(workspace)}/tasks/${encodeURIComponent(task)}/execute`;
  const sent = JSON.stringify({ ...body, input: withoutSecrets(body, secrets) });
  return `curl ${quoted(address)} -H 'Content-Type: application/json' -d ${quoted(sent)}`;
}
