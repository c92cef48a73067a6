/** The shortcuts of every page, as one table; the sheet behind `?` shows it. Pages add theirs with `useKeys`. */
import { useNavigate } from "@tanstack/react-router";
import { useLayoutEffect } from "react";
import { awaitSecondKey, hasModifier, isSecondKey, isTyping, shortcutsAreOn, takeSecondKey } from "../lib/keyboard";
import { openPalette, openShortcuts } from "./overlays";
import { PLACES } from "./places";

export type Shortcut = { keys: string; does: string };

/** What the sheet shows, by part. */
export const SHORTCUTS: readonly { part: string; shortcuts: readonly Shortcut[] }[] = [
  {
    part: "Everywhere",
    shortcuts: [
      { keys: "⌘ K", does: "Go to anything, or do something with what is shown" },
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
      { keys: "f", does: "Follow the log" },
      { keys: "g t h", does: "Graph, timeline, history" },
      { keys: "← →", does: "In the history: the event before, the event after" },
      { keys: "r", does: "Retry it, or run it again" },
      { keys: ".", does: "All operations on the job" },
      { keys: "⌥ A", does: "The job in each API" },
      { keys: "y", does: "Copy the address, with the chosen lines" },
    ],
  },
  { part: "In a form", shortcuts: [{ keys: "⌘ ↵", does: "Send" }, { keys: "Esc", does: "Leave" }] },
];

export function useShortcuts(): void {
  const navigate = useNavigate();
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        return openPalette();
      }
      if (hasModifier(event) || isTyping(event) || !shortcutsAreOn()) return;
      const isSecond = isSecondKey(event);
      if (event.key === "g" && !isSecond) awaitSecondKey(event);
      else takeSecondKey(event);
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
