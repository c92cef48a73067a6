/** What can be done with what the page shows or has selected: the page says it, and ⌘K offers it first. */
import { useLayoutEffect, useRef } from "react";
import { storeOf } from "./store";

/** `about`: what it is done to, such as `import-orders 1a2b3c4d`. */
export type PageAct = { label: string; about: string; onSelect: () => void };

type Offered = { owner: object; acts: readonly PageAct[] };

const offered = storeOf<readonly Offered[]>([]);

export const usePageActs = (): readonly PageAct[] => offered.use().flatMap((each) => each.acts);

/** Offers these while the component is shown. */
export function useOffer(acts: readonly PageAct[]): void {
  const latest = useRef(acts);
  useLayoutEffect(() => {
    latest.current = acts;
  });
  const labels = acts.map((each) => `${each.label}\n${each.about}`).join("\n");
  useLayoutEffect(() => {
    const owner = {};
    // What an act does is looked up when it is chosen, so that it is offered anew only if its words change.
    const shown = latest.current.map(({ label, about }, index) => ({ label, about, onSelect: () => latest.current[index]?.onSelect() }));
    offered.set([...offered.get(), { owner, acts: shown }]);
    return () => offered.set(offered.get().filter((each) => each.owner !== owner));
  }, [labels]);
}
