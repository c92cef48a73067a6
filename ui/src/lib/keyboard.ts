/** Keys: what they are, and when they are not shortcuts. */
import type { KeyboardEvent as ReactKey } from "react";

const KEY = "gitflow.shortcuts";

/** Single-letter shortcuts can be switched off (WCAG 2.1.4). */
export const shortcutsAreOn = (): boolean => localStorage.getItem(KEY) !== "off";
export const switchShortcuts = (on: boolean): void => localStorage.setItem(KEY, on ? "on" : "off");

/** Whether the key is meant for what has the focus: a field, a dialog that is open, or a list without `data-keys`. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  return Boolean(target?.closest("input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox]:not([data-keys])"));
}

export const hasModifier = (event: KeyboardEvent | ReactKey): boolean => event.ctrlKey || event.metaKey || event.altKey;

/** Sends a form with ⌘↵ or Ctrl-↵. */
export function sendKeys(send: () => void): (event: ReactKey) => void {
  return (event) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      send();
    }
  };
}

/** How long `g` waits for its second key. */
const SECOND_KEY_MS = 1200;

let startedAt = 0;
let takenAt = 0;

/** `g` was pressed: the next key may name a page. */
export const awaitSecondKey = (event: KeyboardEvent): void => {
  startedAt = event.timeStamp;
};
/** The next key was pressed. Others that hear of the same event still find that it was the second. */
export const takeSecondKey = (event: KeyboardEvent): void => {
  if (isSecondKey(event)) takenAt = event.timeStamp;
  startedAt = 0;
};
export const isSecondKey = ({ timeStamp }: KeyboardEvent): boolean =>
  timeStamp === takenAt || (startedAt > 0 && timeStamp > startedAt && timeStamp < startedAt + SECOND_KEY_MS);
