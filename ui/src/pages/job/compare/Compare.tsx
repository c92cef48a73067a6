/** Beside the steps of a job: how it differs from another one, which can be named. */
import { X } from "lucide-react";
import { useState } from "react";
import { IconButton } from "../../../components/Button";
import { Difference } from "../../../components/compare/Difference";
import { ErrorState } from "../../../components/ErrorState";
import { Input } from "../../../components/Field";
import { Skeleton } from "../../../components/States";
import { shortId } from "../../../lib/ids";
import { useJobDiff } from "../../../queries/jobDiff";

type Props = { jobId: string; other: string; onOther: (id: string | undefined) => void; onStep: (step: string) => void };

export function Compare({ jobId, other, onOther, onStep }: Props) {
  const { data, error, isPending, refetch } = useJobDiff(jobId, other);
  const [typed, setTyped] = useState("");
  return (
    <section aria-label="Compare" className="flex min-h-0 min-w-0 flex-1 flex-col max-md:h-[60dvh] max-md:flex-none">
      <header className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-1.5">
        <h2 className="flex-1 text-14">Compared with {shortId(other)}</h2>
        <form onSubmit={(event) => { event.preventDefault(); if (typed) onOther(typed.trim().toLowerCase()); }}>
          <Input value={typed} aria-label="Compare with another job: its id" placeholder="Id of another job, then ↵" className="w-56" spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
        </form>
        <IconButton name="Close the comparison" onClick={() => onOther(undefined)}><X size={15} aria-hidden /></IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-4">
        {isPending && <Skeleton />}
        {error && !data && <ErrorState error={error} what="The jobs could not be compared" onRetry={() => void refetch()} />}
        {data && <Difference diff={data} onStep={onStep} />}
      </div>
    </section>
  );
}
