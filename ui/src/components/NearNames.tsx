/** Below "there is no such …": what may be meant, as links. */
import type { ReactNode } from "react";
import { near } from "../lib/near";

/** `among`: those that are near, where the caller has found them in its own way. */
type Props = { wanted: string; names: readonly string[]; among?: readonly string[]; linkTo: (name: string) => ReactNode };

export function NearNames({ wanted, names, among, linkTo }: Props) {
  const found = among ?? near(wanted, names);
  if (found.length === 0) return null;
  return (
    <div className="mt-2">
      <p>{found.length === 1 ? "Is it this one?" : "Is it one of these?"}</p>
      <ul className="mt-1">{found.map((name) => <li key={name} className="py-0.5">{linkTo(name)}</li>)}</ul>
    </div>
  );
}
