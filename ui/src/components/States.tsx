/** What stands where data is not: nothing yet, nothing at all. */
import { type ReactNode, useEffect, useState } from "react";

/** One line, and the command or the act that fills it. */
export function EmptyState({ title, command, children }: { title: string; command?: string; children?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-[72ch] flex-col items-center gap-3 px-4 py-16 text-center">
      <p className="text-14">{title}</p>
      {command && <code className="max-w-full rounded-md border border-line bg-panel px-3 py-1.5 text-12 break-all select-all">{command}</code>}
      {children}
    </div>
  );
}

/** `mayConfigure`: whether the reader may do all on this server; others may be shown none of its workspaces. */
export function NoWorkspace({ mayConfigure }: { mayConfigure: boolean }) {
  return mayConfigure ? (
    <EmptyState title="This server has no workspace. Name one in server-config.yaml:" command="workspaces: {default: {type: folder, path: workspaces/default}}" />
  ) : (
    <EmptyState title="You may see no workspace of this server. An administrator can let you:" command="permissions: [{workspace: default, action: view, users: [you@example.com]}]" />
  );
}

const DELAY_MS = 150;

/** Grey rows at the first load, if it takes longer than a blink. */
export function Skeleton({ rows = 8 }: { rows?: number }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), DELAY_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!shown) return <div aria-busy="true" />;
  return (
    <div aria-busy="true" aria-label="Loading" role="status" className="fade-in flex flex-col gap-3 p-4">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="h-4 rounded-sm bg-hover" style={{ width: `${90 - ((index * 17) % 45)}%` }} />
      ))}
    </div>
  );
}
