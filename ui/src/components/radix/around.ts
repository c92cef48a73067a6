/** Where a menu or a list of choices lies: what is around its button, for those who do not see it. */
import { useLayoutEffect } from "react";

/** The dialog or the landmark that has the button: what lies over a page is a part of it too, and scrolls in a dialog. */
export const placeOf = (button: Element | null): HTMLElement | null =>
  button?.closest<HTMLElement>("[role=dialog], main") ?? button?.closest<HTMLElement>("header, nav") ?? null;

/**
 * A list of choices is not modal, so the rest of the page stays there for readers of the screen. Radix hides all but
 * live regions while the list is open; so the page and its dialogs are such for that time.
 */
export function useRestShown(isOpen: boolean): void {
  useLayoutEffect(() => {
    if (!isOpen) return;
    const kept = [...document.querySelectorAll("#root, [role=dialog]")].filter((each) => !each.hasAttribute("aria-live"));
    kept.forEach((each) => each.setAttribute("aria-live", "off"));
    return () => kept.forEach((each) => each.removeAttribute("aria-live"));
  }, [isOpen]);
}
