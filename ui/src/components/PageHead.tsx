import type { ReactNode } from "react";

/** The head of a page: its one h1, what is said of it, and its acts. */
export function PageHead({ title, about, children }: { title: ReactNode; about?: ReactNode; children?: ReactNode }) {
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 pt-4 pb-2">
      <div className="min-w-0 flex-[1_1_16rem]">
        <h1 className="line-clamp-3 text-20 wrap-anywhere">{title}</h1>
        {about && <div className="line-clamp-4 text-muted wrap-anywhere">{about}</div>}
      </div>
      {children && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </header>
  );
}
