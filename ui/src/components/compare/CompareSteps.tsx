import { StatusGlyph } from "../Status";
import { classes } from "../../lib/classes";
import type { components } from "../../api/schema";
import { delta, took } from "./delta";

type StepDifference = components["schemas"]["StepDifference"];

const MAX_ROWS = 200;

/** A row a step: how it ended in both, how its time differs, and the first line of its log that differs. */
export function CompareSteps({ steps, onStep }: { steps: readonly StepDifference[]; onStep: (step: string) => void }) {
  const sorted = [...steps].sort((a, b) => Number(b.differs) - Number(a.differs));
  return (
    <table className="w-full text-left">
      <thead className="text-12 text-muted">
        <tr>{["Step", "Before", "After", "Time"].map((head) => <th key={head} className="pr-3 font-normal">{head}</th>)}</tr>
      </thead>
      <tbody>
        {sorted.slice(0, MAX_ROWS).map((step) => <Row key={step.step_name} step={step} onStep={onStep} />)}
      </tbody>
      {sorted.length > MAX_ROWS && <tfoot><tr><td colSpan={4} className="py-1 text-muted">and {sorted.length - MAX_ROWS} more</td></tr></tfoot>}
    </table>
  );
}

function Row({ step, onStep }: { step: StepDifference; onStep: (step: string) => void }) {
  const { before, after, log } = step;
  return (
    <>
      <tr className={classes("border-t border-line", !step.differs && "text-muted")}>
        <td className="max-w-48 py-1 pr-3"><button type="button" onClick={() => onStep(step.step_name)} className="clip max-w-full text-left text-accent hover:underline">{step.step_name}</button></td>
        <td className="pr-3"><Ended run={before} /></td>
        <td className="pr-3"><Ended run={after} /></td>
        <td className="pr-3 whitespace-nowrap">{delta(before?.duration_secs, after?.duration_secs)}</td>
      </tr>
      {log && (
        <tr>
          <td colSpan={4} className="pb-2 font-mono text-12 break-all">
            <span className="text-muted">{log.stream}, line {log.line}, the first that differs</span>
            <span className="block border-l-2 border-line pl-2">− {log.before ?? "(no more lines)"}</span>
            <span className="block border-l-2 border-accent pl-2">+ {log.after ?? "(no more lines)"}</span>
          </td>
        </tr>
      )}
    </>
  );
}

function Ended({ run }: { run: StepDifference["before"] }) {
  if (!run) return <span className="text-muted">not there</span>;
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <StatusGlyph status={run.status} />{run.exit_code !== null && run.exit_code !== 0 && `exit ${run.exit_code}`} <span className="text-muted">{took(run.duration_secs)}</span>
    </span>
  );
}
