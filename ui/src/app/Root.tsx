/** Decides what one sees: the pages in their frame, or the sign-in. */
import { type ErrorComponentProps, Link, Outlet, useLocation, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { lazily } from "../lib/lazily";
import { ErrorState } from "../components/ErrorState";
import { EmptyState, Skeleton } from "../components/States";
import { PageHead } from "../components/PageHead";
import { Frame } from "../frame/Frame";
import { PLACES } from "../frame/places";
import { near } from "../lib/near";
import { useConfig, useSession } from "../queries/session";
import { useRunParam } from "./useRunParam";

const RunSheet = lazily(() => import("../pages/run/RunSheet"), "RunSheet");

export function Root() {
  const config = useConfig();
  const session = useSession();
  const { href } = useLocation();
  const navigate = useNavigate();
  // The page that is shown, not the one that is being loaded: the page before it must not ask the server meanwhile.
  const isSignIn = useRouterState({ select: (state) => state.resolvedLocation?.pathname === "/sign-in" });
  const mustSignIn = config.data?.auth_required === true && session.data?.kind === "signed-out";

  useEffect(() => {
    if (mustSignIn && !href.startsWith("/sign-in")) void navigate({ to: "/sign-in", search: { next: href }, replace: true });
  }, [mustSignIn, href, navigate]);

  if (isSignIn) return <Outlet />;
  if (config.isError && !config.data) return <main className="p-4"><ErrorState error={config.error} what="The server did not answer" onRetry={() => void config.refetch()} /></main>;
  if (config.isPending || session.isPending || mustSignIn) return <Skeleton />;
  return <Frame sheets={<Sheets />} />;
}

function Sheets() {
  const { run, close } = useRunParam();
  return run && <RunSheet key={`${run.workspace}/${run.task} ${run.of ?? ""}`} workspace={run.workspace} task={run.task} of={run.of} given={run.given} onClose={close} />;
}

export function NotFound() {
  const { pathname } = useLocation();
  const found = near(pathname.split("/")[1] ?? "", PLACES.map((place) => place.to.slice(1)).filter(Boolean));
  return (
    <>
      <PageHead title="There is no such page" />
      <EmptyState title={found.length === 0 ? "This address names no page." : "This address names no page. Is it one of these?"}>
        {PLACES.filter((place) => found.includes(place.to.slice(1))).map((place) => <Link key={place.to} to={place.to} className="text-accent underline">{place.label}</Link>)}
        <Link to="/" className="text-accent underline">Go to the overview</Link>
      </EmptyState>
    </>
  );
}

export function Broken({ error, reset }: ErrorComponentProps) {
  return <div className="p-4"><ErrorState error={error instanceof Error ? error : new Error(String(error))} what="This page broke" onRetry={reset} /></div>;
}
