import type { ReactNode } from "react";

/** A part of the plan, with its heading. */
export function Section({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <section className="mt-5 px-4">
      <h2 className="mb-2 text-14">{title}</h2>
      {children}
    </section>
  );
}
