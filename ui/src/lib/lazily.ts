/**
 * Code that is loaded when it is first shown. If it cannot be loaded because the server is gone, what is on the screen
 * stays, and the code is asked for again once the server is back.
 */
import { type ComponentType, lazy } from "react";

let wait: () => Promise<void> = () => Promise.resolve();

/** `until`: is done once the server can be reached. */
export function loadAfter(until: () => Promise<void>): void {
  wait = until;
}

/** The same load, tried a second time once the server is there. That it fails then means that the code is no longer there. */
export const patiently = <Module>(load: () => Promise<Module>) => (): Promise<Module> =>
  load().catch(async () => {
    await wait();
    return load();
  });

/** A component of a module, by its name. */
export const lazily = <Props, Name extends string>(load: () => Promise<Record<Name, ComponentType<Props>>>, name: Name) =>
  lazy(() => patiently(load)().then((module) => ({ default: module[name] })));
