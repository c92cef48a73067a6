/** At which revision a page shows what it shows; another one is typed or chosen. */
import { useId, useState } from "react";
import { Button } from "./Button";
import { type RevisionChoice, RevisionField } from "./RevisionField";

/** Give it `at` as its key, so that it follows the address. */
type Props = { at: string | undefined; known: readonly RevisionChoice[]; onShow: (revision: string | undefined) => void };

export function ShowAtRevision({ at = "", known, onShow }: Props) {
  const [typed, setTyped] = useState(at);
  const id = useId();
  if (known.length === 0 && at === "") return null; // a folder has but one revision
  const choose = (next: string) => {
    setTyped(next);
    // What is typed is not yet complete; what is chosen is.
    if (next === "" || known.some(({ value }) => value === next)) onShow(next || undefined);
  };
  return (
    <form className="inline-flex items-center gap-1" onSubmit={(event) => { event.preventDefault(); onShow(typed || undefined); }}>
      <span className="w-52"><RevisionField id={id} label="Show at revision" value={typed} choices={known} onChange={choose} /></span>
      {typed !== at && <Button type="submit">Show</Button>}
    </form>
  );
}
