/** "May X do Y?", answered by the server with the rule that decides. */
import { type FormEvent, useId, useState } from "react";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { Input } from "../../components/Field";
import { Select } from "../../components/Select";
import { type Permission, type Question, useMay } from "../../queries/people";
import { useWorkspaces } from "../../queries/tasks";

const ACTIONS = ["view", "run", "admin"] as const;
const OPTIONS = ACTIONS.map((value) => ({ value, label: value }));

export function MayTester() {
  const { data: workspaces = [] } = useWorkspaces();
  const [user, setUser] = useState("");
  const [action, setAction] = useState<Question["action"]>("run");
  const [workspace, setWorkspace] = useState("");
  const [task, setTask] = useState("");
  const [question, setQuestion] = useState<Question | null>(null);
  const answer = useMay(question);
  const id = useId();
  const chosen = workspace || workspaces[0]?.name || "";
  const ask = (event: FormEvent) => {
    event.preventDefault();
    setQuestion({ action, ...(chosen && { workspace: chosen }), ...(task && { task }), ...(user && { user }) });
  };
  return (
    <section className="mx-4 mt-8 max-w-[100ch] border-t border-line pt-4">
      <h2 className="mb-2 text-14">May somebody do something?</h2>
      <form onSubmit={ask} className="grid items-end gap-2 sm:grid-cols-[2fr_1fr_1.5fr_2fr_auto]">
        <label htmlFor={`${id}u`}><span className="mb-1 block text-12 text-muted">Who, by email</span><Input id={`${id}u`} placeholder="you" value={user} autoComplete="off" onChange={(event) => setUser(event.target.value.trim())} /></label>
        <div><span className="mb-1 block text-12 text-muted">May</span><Select label="May" value={action} options={OPTIONS} onChange={(value) => setAction(ACTIONS.find((each) => each === value) ?? "run")} /></div>
        <div><span className="mb-1 block text-12 text-muted">In the workspace</span><Select label="In the workspace" value={chosen} options={workspaces.map(({ name }) => ({ value: name, label: name }))} onChange={setWorkspace} /></div>
        <label htmlFor={`${id}t`}><span className="mb-1 block text-12 text-muted">The task</span><Input id={`${id}t`} placeholder="the workspace as a whole" value={task} autoComplete="off" onChange={(event) => setTask(event.target.value.trim())} /></label>
        <Button type="submit">Check permission</Button>
      </form>
      <div aria-live="polite" className="mt-3">
        {answer.error && <ErrorState error={answer.error} what="The server could not tell" />}
        {answer.data && <Told answer={answer.data} />}
      </div>
    </section>
  );
}

function Told({ answer }: { answer: Permission }) {
  return (
    <>
      <p className="break-words"><strong className={answer.allowed ? "text-good" : "text-bad"}>{answer.allowed ? "✓ Yes" : "✕ No"}</strong> {answer.because}</p>
      {answer.rule && <p className="mt-1 font-mono text-12 break-all text-muted">permissions[{answer.rule.number}]: {rule(answer.rule)}</p>}
    </>
  );
}

function rule({ action, workspace, tasks, groups, users, api_keys }: NonNullable<Permission["rule"]>): string {
  const parts = { tasks, groups, users, api_keys };
  const lists = Object.entries(parts).filter(([, each]) => each.length > 0).map(([name, each]) => `${name} ${each.join(", ")}`);
  return [`${action} in ${workspace}`, ...lists].join(" · ");
}
