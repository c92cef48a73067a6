/** How high the rows of lists are: compact, or comfortable, which a touch screen always has. */
import { storeOf } from "./store";

export type Density = "compact" | "comfortable";

const KEY = "gitflow.density";
const HEIGHTS: Record<Density, number> = { compact: 32, comfortable: 40 };

const chosen = storeOf<Density>(localStorage.getItem(KEY) === "comfortable" ? "comfortable" : "compact");
export const useDensity = chosen.use;

/** For styles, as `data-density` of the document; for lists that place their rows themselves, as `useRowHeight`. */
export function applyDensity(density: Density = chosen.get()): void {
  localStorage.setItem(KEY, density);
  document.documentElement.dataset["density"] = density;
  chosen.set(density);
}

/** In px. */
export function useRowHeight(): number {
  const density = useDensity();
  return HEIGHTS[matchMedia("(pointer: coarse)").matches ? "comfortable" : density];
}
