/** What the tab of the browser says: which page it shows, and of a job how it stands, so that it is seen from another tab. */
import { useEffect, useLayoutEffect } from "react";
import { withoutCodes } from "./plainText";
import { type Family, lookOf, signOf } from "./status";
import { storeOf } from "./store";
import { useTheme } from "./theme";

type Shown = { title: string; status: string | undefined };

const shown = storeOf<Shown>({ title: "", status: undefined });

/** The title of the page that is shown; `status`: of the job that it shows. */
export function useTitle(title: string | undefined, status?: string): void {
  useLayoutEffect(() => {
    if (title !== undefined) shown.set({ title, status });
  }, [title, status]);
}

/** Writes the title and the icon of the tab. `waiting`: how many approvals wait for the reader. */
export function useTab(waiting: number): void {
  const now = shown.use();
  const theme = useTheme();
  useEffect(() => {
    document.title = tabTitle(now, waiting);
  }, [now, waiting]);
  useEffect(() => {
    const tokens = getComputedStyle(document.documentElement);
    const icon = tabIcon(now.status, (family) => tokens.getPropertyValue(`--state-${family}`).trim());
    document.querySelector("link[rel=icon]")?.setAttribute("href", icon);
  }, [now.status, theme]);
}

/** Marks of direction would turn round what stands after the title. */
const MARKS_OF_DIRECTION = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** `✕ Failed: import-orders · gitflow`; `waiting` is how many approvals wait for the reader. */
export function tabTitle({ title, status }: Shown, waiting: number): string {
  const state = status === undefined ? "" : `${signOf(status)} ${lookOf(status).word}: `;
  const count = waiting > 0 && status === undefined ? `(${waiting}) ` : "";
  return title === "" ? "gitflow" : `${count}${state}${withoutCodes(title).replace(MARKS_OF_DIRECTION, "")} · gitflow`;
}

const BRANCH = '<g fill="none" stroke="#5b5bd6" stroke-width="1.8" stroke-linecap="round"><path d="M4 4.5v7M4 8c6 0 8-1 8-3.5"/></g><g fill="#5b5bd6"><circle cx="4" cy="3.5" r="2"/><circle cx="4" cy="12.5" r="2"/><circle cx="12" cy="3.5" r="2"/></g>';

/** Beside the colour, each family has a shape of its own in the corner of the icon. */
const MARKS: Record<Family, string> = {
  good: '<path d="M7.5 12l2.4 2.4L14.5 9.6" fill="none" stroke="{}" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>',
  bad: '<path d="M9 9l5.6 5.6m0-5.6L9 14.6" fill="none" stroke="{}" stroke-width="2.6" stroke-linecap="round"/>',
  live: '<circle cx="11.8" cy="11.8" r="3.6" fill="{}"/>',
  waits: '<path d="M9.8 8.6v6.2M13.6 8.6v6.2" stroke="{}" stroke-width="2.4" stroke-linecap="round"/>',
  idle: '<circle cx="11.8" cy="11.8" r="2.9" fill="none" stroke="{}" stroke-width="1.8"/>',
};

/** The address of the icon: the mark of the product, with that of the state in its corner. */
export function tabIcon(status: string | undefined, colourOf: (family: Family) => string): string {
  if (status === undefined) return "/favicon.svg";
  const { family } = lookOf(status);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${BRANCH}${MARKS[family].replaceAll("{}", colourOf(family))}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
