/** How two jobs of the list differ, over the list. */
import { useNavigate } from "@tanstack/react-router";
import { Difference } from "../../components/compare/Difference";
import { Loaded } from "../../components/Loaded";
import { OverlayBody, Sheet } from "../../components/Overlay";
import { useJobDiff } from "../../queries/jobDiff";

type Props = { before: string; after: string; onClose: () => void };

export function CompareSheet({ before, after, onClose }: Props) {
  const diff = useJobDiff(before, after);
  const navigate = useNavigate();
  const open = (step: string) => void navigate({ to: "/jobs/$id", params: { id: after }, search: { step } });
  return (
    <Sheet open onClose={onClose} title="Compare two jobs">
      <OverlayBody>
        <Loaded query={diff} what="The two jobs could not be compared">{(found) => <Difference diff={found} onStep={open} />}</Loaded>
      </OverlayBody>
    </Sheet>
  );
}
