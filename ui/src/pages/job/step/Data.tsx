import type { Step } from "../../../queries/jobs";

export const Data = ({ step }: { step: Step }) => (
  <div tabIndex={0} role="group" aria-label="Input and output" className="min-h-0 flex-1 overflow-y-auto p-4 -outline-offset-2">
    <Part title="Input" value={step.input} />
    <Part title="Output" value={step.output} />
  </div>
);

function Part({ title, value }: { title: string; value: unknown }) {
  const isEmpty = value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);
  return (
    <section className="mb-4">
      <h3 className="mb-1 text-12 text-muted">{title}</h3>
      {isEmpty ? <p className="text-muted">None</p> : <pre tabIndex={0} className="overflow-x-auto rounded-md border border-line bg-panel p-3 text-12">{JSON.stringify(value, null, 2)}</pre>}
    </section>
  );
}
