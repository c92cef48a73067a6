/** A small table: heads, and rows that do not scroll by themselves. For a list of any length there is `DataTable`. */
import type { ReactNode } from "react";

export function Rows({ label, heads, children }: { label: string; heads: readonly string[]; children: ReactNode }) {
  return (
    <div className="overflow-x-auto px-4" tabIndex={0} role="region" aria-label={label}>
      <table className="w-full text-left [&_td]:py-1.5 [&_td]:pr-4 [&_td]:min-w-20 [&_th]:pr-4 [&_th]:pb-1 [&_tbody_tr]:border-t [&_tbody_tr]:border-line [&_tbody_tr]:align-baseline">
        <thead className="text-12 text-muted"><tr>{heads.map((head) => <th key={head} scope="col" className="font-normal whitespace-nowrap">{head}</th>)}</tr></thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export const Tag = ({ children }: { children: ReactNode }) => (
  <code className="mr-1 inline-block max-w-60 rounded-sm bg-panel px-1 align-bottom text-12 clip">{children}</code>
);
