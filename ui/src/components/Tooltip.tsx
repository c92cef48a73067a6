import { type ReactElement, Suspense } from "react";
import { lazily } from "../lib/lazily";

const Parts = lazily(() => import("./radix/TooltipParts"), "TooltipParts");

/** A name or a hint beside what it is of. What must be read belongs on the page instead. */
export function Tooltip({ text, children }: { text: string; children: ReactElement }) {
  return <Suspense fallback={children}><Parts text={text}>{children}</Parts></Suspense>;
}
