import { useCallback, useLayoutEffect, useRef } from "react";

/** The same function at each render, which calls the newest one: what gets it is not drawn again for its sake. */
export function useStable<Given extends unknown[]>(act: (...given: Given) => void): (...given: Given) => void {
  const newest = useRef(act);
  useLayoutEffect(() => {
    newest.current = act;
  });
  return useCallback((...given: Given) => newest.current(...given), []);
}
