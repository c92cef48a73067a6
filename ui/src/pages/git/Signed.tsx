import { ShieldAlert, ShieldCheck } from "lucide-react";
import type { Signature } from "../../queries/git";

/** Who signed a revision, or why that does not count; nothing where signatures are not checked. */
export function Signed({ signature }: { signature: Signature | null }) {
  if (!signature) return null;
  const isValid = signature.verdict === "valid";
  const Icon = isValid ? ShieldCheck : ShieldAlert;
  return (
    <p className="mt-1 flex items-center gap-1.5 text-12 break-words text-muted" title={signature.key ?? undefined}>
      <Icon size={13} aria-hidden className={isValid ? "shrink-0 text-good" : "shrink-0 text-waits"} />
      {isValid ? `${signature.signed === "tag" ? "Tag signed" : "Signed"} by ${signature.signer ?? signature.key ?? "a known key"}` : `Signature: ${signature.verdict}${signature.reason ? `, ${signature.reason}` : ""}`}
    </p>
  );
}
