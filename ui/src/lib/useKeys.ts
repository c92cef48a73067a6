import { useLayoutEffect, useRef } from "react";
import { hasModifier, isSecondKey, isTyping, shortcutsAreOn } from "./keyboard";

/**
 * Single keys of a page, by `event.key`; write them into the table of frame/shortcuts.ts as well. They count from the
 * moment at which the page is shown, not from some later one.
 */
export function useKeys(acts: Readonly<Record<string, () => void>>): void {
  const latest = useRef(acts);
  useLayoutEffect(() => {
    latest.current = acts;
  });
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (hasModifier(event) || isTyping(event) || isSecondKey(event) || !shortcutsAreOn()) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
