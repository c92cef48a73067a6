/** Asks for the plan of any change: between any two branches, tags or commits. */
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { Button } from "../../components/Button";
import { Input } from "../../components/Field";
import type { Workspace } from "../../queries/tasks";

export function PlanForm({ workspace }: { workspace: Workspace }) {
  const [base, setBase] = useState("");
  const [head, setHead] = useState("");
  const navigate = useNavigate();
  const ids = { base: useId(), head: useId() };
  const open = () => void navigate({ to: "/git/$workspace/plan", params: { workspace: workspace.name }, search: { base: base.trim() || undefined, head: head.trim() || undefined } });
  return (
    <section className="min-w-0 rounded-md border border-line">
      <h2 className="border-b border-line bg-panel px-3 py-2 text-13">What a change would mean</h2>
      <form className="flex flex-wrap items-end gap-2 p-3" onSubmit={(event) => { event.preventDefault(); open(); }}>
        <label htmlFor={ids.base} className="min-w-32 flex-1 text-12 text-muted">From<Input id={ids.base} value={base} placeholder="active" spellCheck={false} onChange={(event) => setBase(event.target.value)} /></label>
        <label htmlFor={ids.head} className="min-w-32 flex-1 text-12 text-muted">To<Input id={ids.head} value={head} placeholder="newest" spellCheck={false} onChange={(event) => setHead(event.target.value)} /></label>
        <Button type="submit">Show plan</Button>
        <p className="w-full text-12 text-muted">A branch, a tag or a commit.</p>
      </form>
    </section>
  );
}
