/** The shortcuts of every page, as one table; the sheet behind `?` shows it. Pages add theirs with `useKeys`. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { hasModifier, isTyping, shortcutsAreOn } from "../lib/keyboard";
import { openPalette, openShortcuts } from "./overlays";
import { PLACES } from "./places";

export type Shortcut = { keys: string; does: string };

/** What the sheet shows, by part. */
export const SHORTCUTS: readonly { part: string; shortcuts: readonly Shortcut[] }[] = [
  {
    part: "Everywhere",
    shortcuts: [
      { keys: "⌘ K", does: "Go to or do anything" },
      { keys: "/", does: "Filter" },
      { keys: "?", does: "Show these shortcuts" },
      ...PLACES.flatMap((place) => (place.keys ? [{ keys: place.keys, does: `Go to ${place.label}` }] : [])),
    ],
  },
  {
    part: "In a list",
    shortcuts: [
      { keys: "j k ↓ ↑", does: "Next and previous row" },
      { keys: "↵", does: "Open the row" },
      { keys: "x", does: "Select the row" },
    ],
  },
  {
    part: "In a job",
    shortcuts: [
      { keys: "n p", does: "Next and previous failed step" },
      { keys: "l", does: "Log of the step" },
      { keys: "w", does: "Why the step stands as it does" },
      { keys: "e E", does: "Next and previous error in the log" },
      { keys: "y", does: "Copy the address" },
    ],
  },
  { part: "In a form", shortcuts: [{ keys: "⌘ ↵", does: "Send" }, { keys: "Esc", does: "Leave" }] },
];

/** How long `g` waits for its second key. */
const SECOND_KEY_MS = 1200;

export function useShortcuts(): void {
  const navigate = useNavigate();
  const afterG = useRef(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        return openPalette();
      }
      if (hasModifier(event) || isTyping(event) || !shortcutsAreOn()) return;
      const isSecond = event.timeStamp - afterG.current < SECOND_KEY_MS && afterG.current > 0;
      afterG.current = event.key === "g" && !isSecond ? event.timeStamp : 0;
      const place = isSecond ? PLACES.find((each) => each.keys === `g ${event.key}`) : undefined;
      if (place) return void navigate({ to: place.to });
      if (event.key === "?") openShortcuts();
      if (event.key === "/") {
        event.preventDefault();
        document.querySelector<HTMLInputElement>("[data-filter]")?.focus();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate]);
}
