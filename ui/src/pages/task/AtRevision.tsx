/** At which revision the task is shown, which stands in the address. */
import { useNavigate } from "@tanstack/react-router";
import { ShowAtRevision } from "../../components/ShowAtRevision";
import { useKnownRevisions } from "../../queries/revisions";

export function AtRevision({ workspace, task, at }: { workspace: string; task: string; at: string | undefined }) {
  const navigate = useNavigate();
  const known = useKnownRevisions(workspace, task);
  return <ShowAtRevision at={at} known={known} onShow={(next) => void navigate({ to: ".", search: (now: object) => ({ ...now, at: next }), replace: true })} />;
}
