import type { ReactNode } from "react";
import { useId } from "react";

type Props = { title: string; count?: number; none: ReactNode; aside?: ReactNode; children?: ReactNode };

/** One band of the overview: its heading with a count, and its rows, or one line where there are none. */
export function Band({ title, count, none, aside, children }: Props) {
  const id = useId();
  const isEmpty = count === 0;
  return (
    <section aria-labelledby={id} className="px-4 pt-4">
      <div className="flex flex-wrap items-baseline gap-x-2 pb-1.5">
        <h2 id={id} className="text-14">{title}</h2>
        {count !== undefined && count > 0 && <span className="text-muted">{count}</span>}
        {aside && <span className="ml-auto text-12 text-muted">{aside}</span>}
      </div>
      {isEmpty ? <p className="border-t border-line py-2 text-muted">{none}</p> : children}
    </section>
  );
}

/** A row of a band. */
export const ROW = "border-t border-line last:border-b hover:bg-hover";
