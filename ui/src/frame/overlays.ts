/** Which overlay of the frame is open: the palette, or the sheet of shortcuts. */
import { useSyncExternalStore } from "react";

type Overlay = "palette" | "shortcuts" | null;

let open: Overlay = null;
const listeners = new Set<() => void>();

function set(next: Overlay): void {
  open = next;
  listeners.forEach((listener) => listener());
}

export const openPalette = (): void => set("palette");
export const openShortcuts = (): void => set("shortcuts");
export const closeOverlay = (): void => set(null);

export const useOverlay = (): Overlay =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
