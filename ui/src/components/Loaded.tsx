/** What a query answered; before that its skeleton, and instead of it what went wrong. What is there stays there. */
import type { ReactNode } from "react";
import { ErrorState } from "./ErrorState";
import { Skeleton } from "./States";

type Query<Data> = { data: Data | undefined; error: Error | null; refetch: () => unknown };

/** `what`: the sentence that says what failed, such as "The keys could not be read". */
export function Loaded<Data>({ query, what, children }: { query: Query<Data>; what: string; children: (data: Data) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <div className="px-4"><ErrorState error={query.error} what={what} onRetry={() => void query.refetch()} /></div>;
  return <Skeleton />;
}
