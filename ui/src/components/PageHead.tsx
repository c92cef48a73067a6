import type { ReactNode } from "react";
import { useTitle } from "../lib/tab";

/** `tab`: the title of the tab, where the title of the page is no text, or does not say what the page is. */
type Props = { title: ReactNode; tab?: string; about?: ReactNode; children?: ReactNode };

/** The head of a page: its one h1, what is said of it, and its acts. */
export function PageHead({ title, tab, about, children }: Props) {
  useTitle(tab ?? (typeof title === "string" ? title : undefined));
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
