/** The time as components see it: one timer for all that tick together. */
import { useSyncExternalStore } from "react";

function ticking(everyMs: number) {
  const listeners = new Set<() => void>();
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = () => {
    now = Date.now();
    listeners.forEach((listener) => listener());
  };
  return {
    subscribe(listener: () => void) {
      if (listeners.size === 0) {
        now = Date.now();
        timer = setInterval(tick, everyMs);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
    get: () => now,
  };
}

const minutes = ticking(20_000);
const seconds = ticking(1000);
const still = { subscribe: () => () => undefined, get: () => 0 };

/** Milliseconds since the epoch, for relative times. */
export const useNow = (): number => useSyncExternalStore(minutes.subscribe, minutes.get);

/** The same every second while something runs; 0 and still otherwise. */
export function useSeconds(isRunning: boolean): number {
  const clock = isRunning ? seconds : still;
  return useSyncExternalStore(clock.subscribe, clock.get);
}
