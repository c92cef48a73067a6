/** The log of a step: of its last attempt, or of the one that is chosen. */
import { useState } from "react";
import { ErrorState } from "../../../components/ErrorState";
import { Skeleton } from "../../../components/States";
import { useFreshIndex, useLogIndex } from "../../../queries/logs";
import { LogView } from "./LogView";
import { useMarkedLines } from "./useMarkedLines";

type Props = { jobId: string; step: string; isOpen: boolean; hasFailed: boolean; attempts: number; moment: Moment | null };

/** The moment up to which the job is shown, and the attempt of the step then. */
export type Moment = { until: string; attempt: number | undefined };

export function LogPanel({ jobId, step, isOpen, hasFailed, attempts, moment }: Props) {
  const { data, error, isPending, refetch } = useLogIndex(jobId, step, { isOpen, attempts });
  const fresh = useFreshIndex(jobId, step);
  const { marked, mark } = useMarkedLines(step);
  const [picked, setPicked] = useState<number>();

  if (isPending) return <Skeleton rows={5} />;
  if (error && !data) return <div className="px-4"><ErrorState error={error} what={`The log of ${step} could not be read`} onRetry={() => void refetch()} /></div>;
  const all = data?.by_step ?? [];
  const isOfInstances = all.some((part) => part.step !== step);
  const found = [...new Set(all.map((part) => part.attempt))].sort((a, b) => a - b);
  const attempt = isOfInstances ? undefined : (moment?.attempt ?? marked?.attempt ?? picked ?? found.at(-1));
  const first = data?.first_error;
  const firstError = hasFailed && first && !isOfInstances && first.attempt === attempt ? first.line - 1 : null;
  return (
    <LogView key={attempt ?? "all"} source={{ jobId, step, attempt }} parts={all.filter((part) => attempt === undefined || part.attempt === attempt)}
      isOpen={isOpen && moment === null} until={moment?.until ?? null} firstError={moment === null ? firstError : null} onStale={fresh} marked={marked} onMark={(from, to) => mark({ step, attempt: attempt ?? 0, from, to })}
      attempts={isOfInstances ? [] : found} onAttempt={(next) => { setPicked(next); mark(null); }} />
  );
}
