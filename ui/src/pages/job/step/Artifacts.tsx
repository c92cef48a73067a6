import { Download } from "lucide-react";
import { ErrorState } from "../../../components/ErrorState";
import { Skeleton } from "../../../components/States";
import { bytes } from "../../../lib/bytes";
import { artifactAddress, useArtifacts } from "../../../queries/artifacts";

/** The files that this step left, of each attempt; a click downloads one. */
export function Artifacts({ jobId, step }: { jobId: string; step: string }) {
  const { data, error, isPending } = useArtifacts(jobId);
  if (isPending) return <Skeleton rows={3} />;
  if (error && !data) return <div className="px-4"><ErrorState error={error} what="The artifacts could not be read" /></div>;
  const own = (data ?? []).filter((each) => each.step === step);
  if (own.length === 0) return <p className="p-4 text-muted">This step left no file in <code className="text-12">$GITFLOW_ARTIFACTS</code>.</p>;
  const several = new Set(own.map((each) => each.attempt)).size > 1;
  return (
    <ul className="min-h-0 flex-1 overflow-y-auto">
      {own.map((each) => (
        <li key={`${each.attempt} ${each.name}`} className="flex min-h-9 items-center gap-3 border-b border-line px-4">
          <a href={artifactAddress(jobId, each)} download className="inline-flex min-w-0 items-center gap-2 text-accent hover:underline"><Download size={13} aria-hidden className="shrink-0" /><span className="min-w-0 break-all">{each.name}</span></a>
          {several && <span className="text-12 text-muted">attempt {each.attempt}</span>}
          <span className="ml-auto shrink-0 text-12 text-muted">{bytes(each.size)}</span>
          <code className="text-12 text-muted max-lg:hidden" title={`SHA-256 ${each.sha256}`}>{each.sha256.slice(0, 12)}</code>
        </li>
      ))}
    </ul>
  );
}
