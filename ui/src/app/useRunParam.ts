import { useNavigate, useSearch } from "@tanstack/react-router";

/** The task whose form is open: `?run=workspace/task`, over any page; `&of=id` fills it in with the input of a job. */
export function useRunParam() {
  const { run, of } = useSearch({ strict: false });
  const navigate = useNavigate();
  const cut = run?.indexOf("/") ?? -1;
  return {
    run: run && cut > 0 ? { workspace: run.slice(0, cut), task: run.slice(cut + 1), of } : null,
    close: () => void navigate({ to: ".", search: (now: object) => ({ ...now, run: undefined, of: undefined }) }),
  };
}
