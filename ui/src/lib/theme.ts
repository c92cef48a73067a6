/** Light, dark, or what the system has; public/theme.js reads the same choice before the first paint. */
import { storeOf } from "./store";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "gitflow.theme";
const system = () => window.matchMedia("(prefers-color-scheme: dark)");

/** What is shown now: `light` or `dark`. */
const shownTheme = storeOf<string | undefined>(undefined);
export const useTheme = shownTheme.use;

export function storedTheme(): Theme {
  const found = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === found) ?? "system";
}

export function applyTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  const shown = theme === "system" ? (system().matches ? "dark" : "light") : theme;
  document.documentElement.dataset["theme"] = shown;
  shownTheme.set(shown);
}

/** Applies the stored choice now and whenever the system's changes. */
export function followTheme(): void {
  applyTheme(storedTheme());
  system().addEventListener("change", () => applyTheme(storedTheme()));
}
