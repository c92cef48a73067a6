/** Which overlay of the frame is open: the palette, or the sheet of shortcuts. */
import { storeOf } from "../lib/store";

type Overlay = "palette" | "shortcuts" | null;

const open = storeOf<Overlay>(null);

export const openPalette = (): void => open.set("palette");
export const openShortcuts = (): void => open.set("shortcuts");
export const closeOverlay = (): void => open.set(null);

export const useOverlay = open.use;
