/** Asks before an operation on many jobs: how many are meant, and which refuse it. Then it says what came of each. */
import { Link } from "@tanstack/react-router";
import { Check, X } from "lucide-react";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { Dialog, OverlayBody, OverlayFooter } from "../../components/Overlay";
import { useToast } from "../../components/Toast";
import { shortId } from "../../lib/ids";
import { type BulkOperation, type BulkResult, type Meant, useBulk, useBulkDryRun, usePossible } from "../../queries/bulk";
import { act, count, done, EFFECTS, outcome } from "./words";

type Props = { operation: BulkOperation; meant: Meant; onClose: () => void; onDone: () => void };

const MAX_LISTED = 8;

export function BulkDialog({ operation, meant, onClose, onDone }: Props) {
  const dryRun = useBulkDryRun(operation, meant);
  const bulk = useBulk(operation, meant);
  const toast = useToast();
  const ids = dryRun.data?.job_ids ?? [];
  const { refused } = usePossible(ids, operation);
  const leave = () => {
    onClose();
    if (bulk.data) onDone();
  };
  if (bulk.data && showsEach(bulk.data)) return <Outcome operation={operation} result={bulk.data} onClose={leave} />;
  const some = count(ids.length);
  return (
    <Confirm open onClose={onClose} act={act(operation, ids.length)} danger={operation === "cancel" || operation === "delete"}
      effect={
        <>
          {dryRun.isPending && <p className="text-muted">Counting the jobs…</p>}
          {dryRun.data && <p><strong>{some}</strong> {ids.length === 1 ? "is" : "are"} meant{refused.length > 0 && <>, of which <strong>{refused.length}</strong> will refuse</>}. {EFFECTS[operation]}</p>}
          {(dryRun.data?.remaining ?? 0) > 0 && <p className="mt-1">{dryRun.data?.remaining} more fit the filters: one request changes at most 1,000.</p>}
          <Refusals of={refused.map(({ id, because }) => ({ id, why: because }))} />
        </>
      }
      {...(operation === "delete" && { nameToType: `delete ${some}` })}
      isPending={bulk.isPending || ids.length === 0} error={bulk.error ?? dryRun.error}
      onSend={(reason) => bulk.mutate(reason, {
        onSuccess: (result) => {
          if (showsEach(result)) return;
          toast(outcome(operation, result));
          onClose();
          onDone();
        },
      })} />
  );
}

function Outcome({ operation, result, onClose }: { operation: BulkOperation; result: BulkResult; onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={outcome(operation, result)}>
      <OverlayBody>
        <ul aria-label="What came of each" className="text-12">
          {[...result.results].sort((a, b) => Number(a.ok) - Number(b.ok)).map((each) => <Result key={each.job_id} operation={operation} result={each} />)}
        </ul>
      </OverlayBody>
      <OverlayFooter><Button look="primary" onClick={onClose}>Close</Button></OverlayFooter>
    </Dialog>
  );
}

/** Of one job that did it, a toast is enough. */
const showsEach = ({ results }: BulkResult) => results.length > 1 || results.some((each) => !each.ok);

function Result({ operation, result: { job_id, ok, error, code, new_job_id } }: { operation: BulkOperation; result: BulkResult["results"][number] }) {
  const id = <span className="font-mono">{shortId(job_id)}</span>;
  return (
    <li className="flex min-h-7 flex-wrap items-center gap-x-2 border-t border-line first:border-0">
      {ok ? <Check size={13} aria-hidden className="text-good" /> : <X size={13} aria-hidden className="text-bad" />}
      {ok && operation === "delete" ? id : <Link to="/jobs/$id" params={{ id: job_id }} className="text-accent underline">{id}</Link>}
      <span className="min-w-0 break-words">{ok ? done(operation) : (error ?? code)}</span>
      {new_job_id && <>as <Link to="/jobs/$id" params={{ id: new_job_id }} className="font-mono text-accent underline">{shortId(new_job_id)}</Link></>}
    </li>
  );
}

function Refusals({ of }: { of: { id: string; why: string }[] }) {
  if (of.length === 0) return null;
  return (
    <ul className="mt-2 text-12">
      {of.slice(0, MAX_LISTED).map(({ id, why }) => (
        <li key={id} className="break-words"><Link to="/jobs/$id" params={{ id }} className="font-mono text-accent underline">{shortId(id)}</Link> {why}</li>
      ))}
      {of.length > MAX_LISTED && <li className="text-muted">and {of.length - MAX_LISTED} more</li>}
    </ul>
  );
}
