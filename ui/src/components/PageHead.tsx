import type { ReactNode } from "react";

/** The head of a page: its one h1, what is said of it, and its acts. */
export function PageHead({ title, about, children }: { title: ReactNode; about?: ReactNode; children?: ReactNode }) {
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 pt-4 pb-2">
      <div className="min-w-0 flex-1">
        <h1 className="text-20 break-words">{title}</h1>
        {about && <p className="text-muted break-words">{about}</p>}
      </div>
      {children && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </header>
  );
}
