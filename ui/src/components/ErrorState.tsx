/** What went wrong, where, and what to do next. */
import { ApiError, Unreachable } from "../api/problem";
import { Button } from "./Button";

type Props = { error: Error; what: string; onRetry?: () => void };

const NEXT: Record<number, string> = {
  403: "Ask an administrator for this permission; the rules are in `permissions` of server-config.yaml.",
  404: "It may have been removed, or you may not see it.",
  409: "The state has changed meanwhile: look again before you repeat it.",
  429: "Wait a moment, then try again.",
  503: "The server is starting, or is being drained; try again in a moment.",
};

export function ErrorState({ error, what, onRetry }: Props) {
  return (
    <div role="alert" className="my-2 max-w-[72ch] rounded-md border border-bad bg-surface p-3">
      <p className="font-semibold">{what}</p>
      <p className="mt-1 break-words">{error.message}</p>
      {error instanceof ApiError && <Where error={error} />}
      <p className="mt-2 text-muted">{next(error)}</p>
      {onRetry && <Button className="mt-3" onClick={onRetry}>Try again</Button>}
    </div>
  );
}

function Where({ error }: { error: ApiError }) {
  return (
    <ul className="mt-2 font-mono text-12">
      {error.details.map((each) => <li key={each.field}>{each.field}: {each.message}</li>)}
      {error.problems.map((each, index) => <li key={index}>{each.file}:{each.line} {each.message}</li>)}
    </ul>
  );
}

function next(error: Error): string {
  if (error instanceof Unreachable) return "The pages try again by themselves. Is `gitflow server` running?";
  return error instanceof ApiError ? (NEXT[error.status] ?? "") : "This is a fault of these pages; reload them.";
}
