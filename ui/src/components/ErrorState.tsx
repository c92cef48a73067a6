/** What went wrong, where, and what to do next. */
import { ApiError, Unreachable } from "../api/problem";
import type { ReactNode } from "react";
import { Button } from "./Button";

/** `children`: what may be meant instead, such as links to near names. */
type Props = { error: Error; what: string; onRetry?: () => void; children?: ReactNode };

const NEXT: Record<number, string> = {
  403: "Ask an administrator for this permission; the rules are in `permissions` of server-config.yaml.",
  404: "It may have been removed, or you may not see it.",
  409: "The state has changed meanwhile: look again before you repeat it.",
  429: "Wait a moment, then try again.",
  503: "The server is starting, or is being drained; try again in a moment.",
};

export function ErrorState({ error, what, onRetry, children }: Props) {
  return (
    <div role="alert" className="my-2 max-w-[72ch] rounded-md border border-bad bg-surface p-3">
      <p className="font-semibold wrap-anywhere">{what}</p>
      <p className="mt-1 wrap-anywhere">{error.message}</p>
      {error instanceof ApiError && <Where error={error} />}
      {error instanceof ApiError && error.lacking ? <Lacking {...error.lacking} /> : <p className="mt-2 text-muted">{next(error)}</p>}
      {children}
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

const LEVELS = { view: "to see", run: "to run", admin: "to administer" } as const;

/** The permission that is missing, on what, and the people who can give it. */
function Lacking({ permission, workspace, task, ask }: NonNullable<ApiError["lacking"]>) {
  const on = workspace === null ? "the server" : task === null ? <>the workspace <b>{workspace}</b></> : <>the task <b>{task}</b> of <b>{workspace}</b></>;
  return (
    <div className="mt-2 text-muted wrap-anywhere">
      <p>What is missing: the permission <code className="text-12">{permission}</code>, {LEVELS[permission as keyof typeof LEVELS]} {on}.</p>
      <p>{ask.length > 0 ? <>Who can give it: {ask.map((email, index) => <span key={email}>{index > 0 && ", "}<a href={`mailto:${email}`} className="text-accent underline">{email}</a></span>)}.</> : "An administrator can give it."}{" "}
        {workspace !== null && <>The rules are under <code className="text-12">permissions</code> of the server's configuration.</>}</p>
    </div>
  );
}

function next(error: Error): string {
  if (error instanceof Unreachable) return "The pages try again by themselves. Is `gitflow server` running?";
  return error instanceof ApiError ? (NEXT[error.status] ?? "") : "This is a fault of these pages; reload them.";
}
