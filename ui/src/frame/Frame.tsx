/** What is around every page: the rail, the top bar, the overlays, and whether the server is there. */
import { Outlet } from "@tanstack/react-router";
import { type ReactNode, Suspense } from "react";
import { lazily } from "../lib/lazily";
import { classes } from "../lib/classes";
import { useServer } from "../queries/server";
import { Gone } from "./Gone";
import { useOverlay } from "./overlays";
import { Rail } from "./Rail";
import { useShortcuts } from "./shortcuts";
import { Tab } from "./Tab";
import { TopBar } from "./TopBar";

const Palette = lazily(() => import("./Palette"), "Palette");
const ShortcutSheet = lazily(() => import("./ShortcutSheet"), "ShortcutSheet");

/** `sheets`: what may lie over any page, such as the form that runs a task. */
export function Frame({ sheets }: { sheets: ReactNode }) {
  const server = useServer();
  const overlay = useOverlay();
  useShortcuts();
  return (
    <>
      <Tab />
      <a href="#main" className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-raised focus:px-3 focus:py-2">
        Skip to the content
      </a>
      <div className="flex h-full min-h-0 max-sm:flex-col">
        <Rail />
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <TopBar />
          <Gone />
          <main id="main" tabIndex={-1} className={classes("flex min-h-0 flex-1 flex-col outline-none", !server.reachable && "opacity-60 grayscale")}>
            <Outlet />
          </main>
        </div>
      </div>
      <Suspense fallback={null}>
        {overlay === "palette" && <Palette />}
        {overlay === "shortcuts" && <ShortcutSheet />}
        {sheets}
      </Suspense>
    </>
  );
}
