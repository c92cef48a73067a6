/** The flow as a list and as a graph; a click on a step shows the lines that define it. */
import { Link } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { LazyGraph } from "../../components/graph/LazyGraph";
import { EmptyState } from "../../components/States";
import { classes } from "../../lib/classes";
import type { TaskDetail } from "../../queries/tasks";
import { after, conditions, flowOf, noteOf } from "./flow";
import { StepLines } from "./StepLines";

type Props = { task: TaskDetail; step: string | undefined; onStep: (step: string) => void };

export function FlowTab({ task, step, onStep }: Props) {
  const { nodes, edges } = useMemo(() => flowOf(task.flow), [task.flow]);
  const note = useCallback((name: string) => (task.flow[name] ? noteOf(task.flow[name]) : null), [task.flow]);
  const chosen = step === undefined ? undefined : task.flow[step];
  if (nodes.length === 0) return <EmptyState title="This task has no steps." />;
  return (
    <div className="flex min-h-0 flex-1 max-md:flex-col">
      <Steps task={task} chosen={step} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col border-line max-md:order-first max-md:h-[46vh] max-md:flex-none max-md:border-b md:border-l">
        <LazyGraph nodes={nodes} edges={edges} chosen={step} onChoose={onStep} noteOf={note} />
        {chosen && <StepLines task={task} step={chosen} />}
      </div>
    </div>
  );
}

function Steps({ task, chosen }: { task: TaskDetail; chosen: string | undefined }) {
  return (
    <ol aria-label="Steps" className="min-h-0 flex-1 overflow-y-auto md:max-w-[440px]">
      {Object.entries(task.flow).map(([name, step]) => (
        <li key={name} className="border-b border-line">
          <Link to="." search={(now) => ({ ...now, step: name })} replace
            className={classes("block px-4 py-1.5", name === chosen ? "bg-selected" : "hover:bg-hover")}>
            <span className="flex items-baseline gap-2"><span className="clip min-w-0 font-medium">{step.name ?? name}</span><span className="ml-auto shrink-0 text-12 text-muted">{step.action ?? step.type}</span></span>
            <span className="block text-12 break-words text-muted">{[after(step.depends_on), ...conditions(step)].join(" · ")}</span>
          </Link>
        </li>
      ))}
    </ol>
  );
}
