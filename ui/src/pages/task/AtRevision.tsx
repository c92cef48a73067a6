/** At which revision the task is shown; another one is typed or chosen, and stands in the address. */
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { Button } from "../../components/Button";
import { RevisionField } from "../../components/RevisionField";
import { useKnownRevisions } from "../../queries/revisions";

type Props = { workspace: string; task: string; at: string | undefined };

export function AtRevision({ workspace, task, at = "" }: Props) {
  const [typed, setTyped] = useState(at);
  const id = useId();
  const navigate = useNavigate();
  const known = useKnownRevisions(workspace, task);
  if (known.length === 0 && at === "") return null; // a folder has but one revision
  const go = (next: string) => void navigate({ to: ".", search: (now: object) => ({ ...now, at: next || undefined }), replace: true });
  const choose = (next: string) => {
    setTyped(next);
    // What is typed is not yet complete; what is chosen is.
    if (next === "" || known.some(({ value }) => value === next)) go(next);
  };
  return (
    <form className="inline-flex items-center gap-1" onSubmit={(event) => { event.preventDefault(); go(typed); }}>
      <span className="w-52"><RevisionField id={id} label="Show at revision" value={typed} choices={known} onChange={choose} /></span>
      {typed !== at && <Button type="submit">Show</Button>}
    </form>
  );
}
