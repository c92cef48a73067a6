/** The flow of a job as a picture, with the statuses that the job shows, which may be those of an earlier moment. */
import { useMemo } from "react";
import { ErrorState } from "../../components/ErrorState";
import { Graph } from "../../components/graph/Graph";
import type { Node } from "../../components/graph/fold";
import { Skeleton } from "../../components/States";
import { type Graph as Found, useGraph } from "../../queries/graph";
import type { JobDetail } from "../../queries/jobs";

type Props = { job: JobDetail; chosen: string | undefined; onChoose: (step: string) => void };

export function GraphView({ job, chosen, onChoose }: Props) {
  const { data, error, isPending } = useGraph(job);
  const nodes = useMemo(() => (data ? nodesOf(job, data) : []), [job, data]);
  if (isPending) return <Skeleton />;
  if (error && !data) return <div className="px-4"><ErrorState error={error} what="The graph could not be read" /></div>;
  return data && <Graph key={job.job_id} nodes={nodes} edges={data.edges} chosen={chosen} onChoose={onChoose} />;
}

function nodesOf(job: JobDetail, graph: Found): Node[] {
  const shown = new Map(job.steps.map((step) => [step.step_name, step]));
  return graph.nodes.map(({ step_name: name, status, loop_total: total, ended_instances: ended }) => {
    const step = shown.get(name);
    return { name, label: step?.label ?? step?.title ?? name, status: step?.status ?? status, loop: total === null ? null : { total, ended: ended ?? 0 } };
  });
}
