/** The steps of the flow, in order, with what each waits for; a click shows it in its file. */
import { Link } from "@tanstack/react-router";
import type { TaskDetail } from "../../queries/tasks";

type Dependency = NonNullable<TaskDetail["flow"][string]["depends_on"]>[number];

export function FlowTab({ task }: { task: TaskDetail }) {
  const params = { workspace: task.workspace, task: task.name };
  return (
    <ol className="min-h-0 flex-1 overflow-y-auto p-4">
      {Object.entries(task.flow).map(([name, step]) => (
        <li key={name} className="border-b border-line">
          <Link to="/tasks/$workspace/$task" params={params} search={{ tab: "definition", step: name }} className="grid min-h-(--row) items-center gap-x-3 py-1 hover:bg-hover sm:grid-cols-[minmax(120px,240px)_100px_minmax(0,1fr)_auto]">
            <span className="min-w-0 font-medium break-words">{step.name ?? name}</span>
            <span className="text-12 text-muted">{step.action ?? step.type}</span>
            <span className="min-w-0 text-muted break-words">{[after(step.depends_on), step.when && `when ${step.when}`, step.for_each !== undefined && "for each item", step.retry && `up to ${step.retry.max_attempts} attempts`].filter(Boolean).join(" · ")}</span>
            {step.file && <span className="font-mono text-12 text-muted">{step.file}:{step.line}</span>}
          </Link>
        </li>
      ))}
    </ol>
  );
}

const after = (needs: Dependency[] | undefined) => (needs && needs.length > 0 ? `after ${needs.map(said).join(", ")}` : "at once");

function said(need: Dependency): string {
  if (typeof need === "string") return need;
  if ("step" in need) return `${need.step} (${[need.accept].flat().join(" or ")})`;
  return "all" in need ? `all of ${need.all.map(said).join(", ")}` : `any of ${need.any.map(said).join(", ")}`;
}
