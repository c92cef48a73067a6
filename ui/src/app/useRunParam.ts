import { useNavigate, useSearch } from "@tanstack/react-router";
import { givenBy, isOfForm } from "../lib/runLink";

/**
 * The task whose form is open: `?run=workspace/task`, over any page; `&of=id` fills it in with the input of a job, and
 * `&rev=…&priority=…&input.name=…&label.name=…` with what a saved link says.
 */
export function useRunParam() {
  const search: Record<string, unknown> & { run?: string | undefined; of?: string | undefined } = useSearch({ strict: false });
  const { run, of } = search;
  const navigate = useNavigate();
  const cut = run?.indexOf("/") ?? -1;
  return {
    run: run && cut > 0 ? { workspace: run.slice(0, cut), task: run.slice(cut + 1), of, given: givenBy(search) } : null,
    close: () => void navigate({ to: ".", search: withoutForm }),
  };
}

/** The address of the page below the form. */
const withoutForm = (now: object) => Object.fromEntries(Object.entries(now).map(([name, value]) => [name, isOfForm(name) ? undefined : value]));
